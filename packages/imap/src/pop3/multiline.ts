/**
 * The body of a multi-line answer (RFC 1939 section 3): a dot before each line that begins with one, then a line that
 * is a dot alone. In flat memory, wherever the chunks are cut.
 */
const LF = 10
const CR = 13
const DOT = 46

export class DotStuffing {
  /** The last two bytes that were seen; the beginning counts as behind a line end. */
  #last = LF
  #beforeLast = CR

  /** What to send for these bytes: themselves, when no line in them begins with a dot. */
  stuff(chunk: Uint8Array): Uint8Array {
    const dots = this.#dotsIn(chunk)
    if (chunk.length > 1) this.#beforeLast = chunk[chunk.length - 2] ?? 0
    else if (chunk.length === 1) this.#beforeLast = this.#last
    this.#last = chunk[chunk.length - 1] ?? this.#last
    if (dots.length === 0) return chunk
    const stuffed = new Uint8Array(chunk.length + dots.length)
    let from = 0
    for (const [index, at] of dots.entries()) {
      stuffed.set(chunk.subarray(from, at), from + index)
      stuffed[at + index] = DOT
      from = at
    }
    stuffed.set(chunk.subarray(from), from + dots.length)
    return stuffed
  }

  /** What ends the answer. A letter whose last line has no end gets one. */
  end(): string {
    return this.#last === LF && this.#beforeLast === CR ? '.\r\n' : '\r\n.\r\n'
  }

  /** Where lines begin with a dot. A line that ended in LF alone counts, for there are clients to whom it does. */
  #dotsIn(chunk: Uint8Array): number[] {
    const found: number[] = []
    if (this.#last === LF && chunk[0] === DOT) found.push(0)
    for (let at = chunk.indexOf(DOT, 1); at !== -1; at = chunk.indexOf(DOT, at + 1)) {
      if (chunk[at - 1] === LF) found.push(at)
    }
    return found
  }
}

/** The header, the empty line behind it, and so many lines of what follows (TOP, RFC 1939 section 7). */
export async function* topOf(letter: AsyncIterable<Uint8Array>, bodyLines: number): AsyncGenerator<Uint8Array> {
  let inHeader = true
  let lineIsEmpty = true
  let left = bodyLines
  for await (const chunk of letter) {
    let start = 0
    for (;;) {
      const at = chunk.indexOf(LF, start)
      const line = chunk.subarray(start, at === -1 ? chunk.length : at)
      lineIsEmpty &&= line.every(byte => byte === CR)
      if (at === -1) break
      if (!inHeader) left -= 1
      else if (lineIsEmpty) inHeader = false
      lineIsEmpty = true
      start = at + 1
      if (!inHeader && left <= 0) {
        yield chunk.subarray(0, start)
        return
      }
    }
    yield chunk
  }
}
