/**
 * Flags in an mbox: the header fields `Status`, `X-Status` and `X-Keywords`, as mail programs have long written them.
 *
 * What we write stands in front of the letter, behind a field of our own that says so: then the letter comes back byte
 * for byte, even one that had such fields, or no line end after its last line. In the mboxes of others these fields may
 * stand anywhere in the header, and are taken out of it.
 */
import { archiveLimits } from './limits.ts'

const systemFlags = [
  ['Status', 'R', '\\Seen'],
  ['X-Status', 'A', '\\Answered'],
  ['X-Status', 'F', '\\Flagged'],
  ['X-Status', 'T', '\\Draft'],
  ['X-Status', 'D', '\\Deleted'],
] as const

/** With LF line ends. @param bareEnd whether the letter's last line has no end. */
export function statusBlock(flags: readonly string[], bareEnd: boolean): string {
  const letters = (field: string) =>
    systemFlags.filter(([name, , flag]) => name === field && flags.includes(flag)).map(([, letter]) => letter)
  const keywords = flags.filter(flag => !flag.startsWith('\\'))
  const lines = [`Status: ${[...letters('Status'), 'O'].join('')}`]
  if (letters('X-Status').length > 0) lines.push(`X-Status: ${letters('X-Status').join('')}`)
  if (keywords.length > 0) lines.push(`X-Keywords: ${keywords.join(' ')}`)
  return `X-Posthorn-Mbox: lines=${lines.length}${bareEnd ? '; end=bare' : ''}\n${lines.join('\n')}\n`
}

export interface Unmarked {
  readonly flags: readonly string[]
  /** The letter without the fields. */
  readonly bytes: AsyncIterable<Uint8Array>
}

export async function unmarked(source: AsyncIterable<Uint8Array>): Promise<Unmarked> {
  const rest = source[Symbol.asyncIterator]()
  const { head, complete } = await headOf(rest)
  const following = { [Symbol.asyncIterator]: () => ({ next: () => rest.next() }) }
  const text = head.toString('latin1')
  const ours = /^X-Posthorn-Mbox: lines=([1-3])(; end=bare)?\r?\n/.exec(text)
  if (ours !== null) {
    let at = ours[0].length
    for (let line = Number(ours[1]); line > 0; line -= 1) at = text.indexOf('\n', at) + 1 || text.length
    const bytes = joined([head.subarray(at)], following)
    return { flags: flagsOf(text.slice(0, at)), bytes: ours[2] === undefined ? bytes : withoutLastLineFeed(bytes) }
  }
  if (!complete) return { flags: [], bytes: joined([head], following) }
  const end = /\r?\n\r?\n/.exec(text)
  const headerEnd = end === null ? text.length : end.index + end[0].indexOf('\n') + 1
  const header = text.slice(0, headerEnd)
  const fields = /^(?:status|x-status|x-keywords):.*\n(?:[ \t].*\n)*/gim
  const cleaned = Buffer.from(header.replaceAll(fields, ''), 'latin1')
  return { flags: flagsOf(header), bytes: joined([cleaned, head.subarray(headerEnd)], following) }
}

/** The beginning of a letter to a bound; `complete` when all of the header is in it. */
async function headOf(rest: AsyncIterator<Uint8Array>): Promise<{ head: Buffer; complete: boolean }> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  let tail = ''
  while (sizeBytes < archiveLimits.headerBytesMax) {
    const next = await rest.next()
    if (next.done === true) return { head: Buffer.concat(chunks), complete: true }
    const chunk = Buffer.from(next.value)
    chunks.push(chunk)
    sizeBytes += chunk.length
    const text = tail + chunk.toString('latin1')
    if (/\n\r?\n/.test(text)) return { head: Buffer.concat(chunks), complete: true }
    tail = text.slice(-2)
  }
  return { head: Buffer.concat(chunks), complete: false }
}

function flagsOf(header: string): string[] {
  const fieldOf = (name: string) => new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(header)?.[1] ?? ''
  const flags: string[] = systemFlags
    .filter(([name, letter]) => fieldOf(name).includes(letter))
    .map(([, , flag]) => flag)
  return [
    ...flags,
    ...fieldOf('X-Keywords')
      .split(/[\s,]+/)
      .filter(word => word !== '' && !word.startsWith('\\')),
  ]
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const bytes of first) if (bytes.length > 0) yield bytes
  yield* rest
}

async function* withoutLastLineFeed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = false
  for await (const chunk of source) {
    if (chunk.length === 0) continue
    if (held) yield Uint8Array.of(10)
    held = chunk.at(-1) === 10
    const kept = held ? chunk.subarray(0, -1) : chunk
    if (kept.length > 0) yield kept
  }
}
