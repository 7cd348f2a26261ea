const lf = 0x0a
const dot = 0x2e

/**
 * A letter with CR LF line ends, as DATA carries it: a dot at the start of a line is doubled, and a line with one dot
 * ends it (RFC 5321 §4.5.2).
 */
export async function* dotStuffed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let atLineStart = true
  for await (const chunk of source) {
    if (chunk.length === 0) continue
    yield stuffed(chunk, atLineStart)
    atLineStart = chunk.at(-1) === lf
  }
  yield Buffer.from(atLineStart ? '.\r\n' : '\r\n.\r\n', 'ascii')
}

function stuffed(chunk: Uint8Array, atLineStart: boolean): Uint8Array {
  const dots: number[] = []
  for (let at = chunk.indexOf(dot); at !== -1; at = chunk.indexOf(dot, at + 1)) {
    if (at === 0 ? atLineStart : chunk[at - 1] === lf) dots.push(at)
  }
  if (dots.length === 0) return chunk
  const out = new Uint8Array(chunk.length + dots.length)
  let from = 0
  for (const [count, at] of dots.entries()) {
    out.set(chunk.subarray(from, at), from + count)
    out[at + count] = dot
    from = at
  }
  out.set(chunk.subarray(from), from + dots.length)
  return out
}
