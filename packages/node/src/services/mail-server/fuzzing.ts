/** For tests: how many scripts a fuzzing test tries. */
import fc from 'fast-check'
import { RawClient } from './fakes.ts'

/** As they stand, the same in every run; `npm run fuzz` tries many times more, others each time. */
export function tries(numRuns: number, seed: number): { numRuns: number; seed?: number } {
  const times = Number(process.env['FUZZ_TIMES'] ?? 1)
  return times > 1 ? { numRuns: numRuns * times } : { numRuns, seed }
}

/** Lines of a script, some of them with a line end that is none, and where to cut what they make. */
export function scripts(words: readonly string[]): fc.Arbitrary<{ text: string; cuts: readonly number[] }> {
  const line = fc.tuple(fc.constantFrom(...words), fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'))
  const text = fc.array(line, { maxLength: 30 }).map(lines => lines.map(([word, end]) => word + end).join(''))
  const cuts = fc.array(fc.nat(400), { maxLength: 5 }).map(found => found.sort((one, other) => one - other))
  return fc.record({ text, cuts })
}

/** Says it to a mail server, at these cuts, and ends whatever that began; answers all that was answered. */
export async function saidInPieces(
  port: number,
  script: { readonly text: string; readonly cuts: readonly number[] },
): Promise<string> {
  const client = await RawClient.open(port)
  const text = `${script.text}\r\n.\r\nQUIT\r\n.\r\nQUIT\r\n`
  let at = 0
  for (const cut of [...script.cuts, text.length]) {
    client.send(text.slice(at, cut))
    at = Math.max(at, cut)
    await new Promise(resolve => setImmediate(resolve))
  }
  const answers = await client.closed()
  client.end()
  return answers
}
