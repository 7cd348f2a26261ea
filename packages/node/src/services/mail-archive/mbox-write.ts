/**
 * A letter as it stands in an mbox: mboxrd, that is, each line of `From ` behind any number of `>` gets one more, so
 * that it can be undone. Line ends are LF; a letter that has a CR elsewhere keeps all of its line ends as they are.
 */
import { fromLine } from './from-line.ts'
import { statusBlock } from './status.ts'

const [lineFeed, carriageReturn, quote] = [10, 13, 62] as const
const from = Buffer.from('From ')

export interface LetterFacts {
  readonly flags: readonly string[]
  readonly internalDate: number
}

/** @param open gives the letter, with CRLF, as often as it is asked. */
export async function* mboxEntry(
  letter: LetterFacts,
  open: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { loneCr, bareEnd } = await look(open())
  yield Buffer.from(`${fromLine(letter.internalDate)}\n${statusBlock(letter.flags, bareEnd)}`, 'latin1')
  yield* quoted(loneCr ? open() : withoutCr(open()))
  // The end of a last line that had none, and the blank line.
  yield Buffer.from(bareEnd ? '\n\n' : '\n')
}

/** The letter with LF line ends, if it can be told from them again. */
export async function* unixLetter(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* (await look(open())).loneCr ? open() : withoutCr(open())
}

/** Whether there is a CR that is not of a CRLF, and whether the last line has no end. */
async function look(source: AsyncIterable<Uint8Array>): Promise<{ loneCr: boolean; bareEnd: boolean }> {
  let loneCr = false
  let last: number | undefined
  for await (const chunk of source) {
    if (last === carriageReturn && chunk.length > 0 && chunk[0] !== lineFeed) loneCr = true
    for (let at = chunk.indexOf(carriageReturn); at !== -1 && !loneCr; at = chunk.indexOf(carriageReturn, at + 1)) {
      if (at + 1 < chunk.length && chunk[at + 1] !== lineFeed) loneCr = true
    }
    last = chunk.at(-1) ?? last
  }
  return { loneCr: loneCr || last === carriageReturn, bareEnd: last !== lineFeed }
}

/** For letters whose only CRs are those of line ends. */
async function* withoutCr(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    const kept = Buffer.allocUnsafe(chunk.length)
    let length = 0
    for (let at = 0; at < chunk.length; ) {
      const next = chunk.indexOf(carriageReturn, at)
      const end = next === -1 ? chunk.length : next
      kept.set(chunk.subarray(at, end), length)
      length += end - at
      at = end + 1
    }
    if (length > 0) yield kept.subarray(0, length)
  }
}

/** Lines may have any length, and be cut anywhere. */
async function* quoted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let data: Buffer = Buffer.alloc(0)
  // Whether `data` begins where nothing but `>` stands before it in its line.
  let inStart = true
  const pass = (final: boolean): Buffer[] => {
    const told: Buffer[] = []
    let kept = 0
    let at = 0
    while (at < data.length) {
      if (!inStart) {
        const end = data.indexOf(lineFeed, at)
        at = end === -1 ? data.length : end + 1
        inStart = end !== -1
        continue
      }
      while (data[at] === quote) at += 1
      const behind = data.subarray(at, at + from.length)
      if (behind.length < from.length && behind.equals(from.subarray(0, behind.length)) && !final) break
      if (behind.equals(from)) {
        told.push(data.subarray(kept, at), Buffer.from('>'))
        kept = at
      }
      inStart = false
    }
    told.push(data.subarray(kept, at))
    data = data.subarray(at)
    return told
  }
  for await (const chunk of source) {
    data = Buffer.concat([data, chunk])
    yield* pass(false)
  }
  yield* pass(true)
}
