import { mailboxLimits } from './limits.ts'

const carriageReturn = 13
const lineFeed = 10

/** The letter as it is kept: its Return-Path in front when it is known, every line end CRLF, all else as it came. */
export async function* letterBytes(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  returnPath: string | null,
): AsyncIterable<Uint8Array> {
  if (returnPath !== null) yield returnPathLine(returnPath)
  let last = 0
  for await (const chunk of source) {
    const end = chunk.at(-1)
    if (end === undefined) continue
    yield withCrlf(chunk, last)
    last = end
  }
}

/** Nothing in an address can end the line or the brackets. */
function returnPathLine(returnPath: string): Uint8Array {
  const address = returnPath.replaceAll(/[\p{Cc} <>]/gu, '').slice(0, mailboxLimits.returnPathLettersMax)
  return Buffer.from(`Return-Path: <${address}>\r\n`, 'utf8')
}

/** @param before the byte before the chunk. */
function withCrlf(chunk: Uint8Array, before: number): Uint8Array {
  const bare: number[] = []
  for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) !== carriageReturn) bare.push(at)
  }
  if (bare.length === 0) return chunk
  const whole = new Uint8Array(chunk.length + bare.length)
  let from = 0
  let to = 0
  for (const at of bare) {
    whole.set(chunk.subarray(from, at), to)
    to += at - from
    whole[to] = carriageReturn
    to += 1
    from = at
  }
  whole.set(chunk.subarray(from), to)
  return whole
}

/** The Message-ID of a letter, without its brackets; null when it has none within the bytes that are looked at. */
export async function messageIdOf(source: AsyncIterable<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes >= mailboxLimits.headerBytesMax) break
  }
  const text = Buffer.concat(chunks).subarray(0, mailboxLimits.headerBytesMax).toString('latin1')
  const header = text.split('\r\n\r\n', 1)[0] ?? ''
  const unfolded = header.replaceAll(/\r\n[ \t]+/g, ' ')
  const value = /(?:^|\r\n)message-id:([^\r]*)/i.exec(unfolded)?.[1] ?? ''
  return /^<([^<>\s]{1,996})>/.exec(value.trim())?.[1] ?? null
}
