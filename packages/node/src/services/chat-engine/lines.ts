/** A line that was too long to keep: how it began. */
export interface LongLine {
  readonly head: string
}

const headBytes = 256

/** Bytes in, whole lines out; a character that is cut in two by the pipe stays one. */
export class LineReader {
  readonly #bytesMax: number
  #parts: Uint8Array[] = []
  #sizeBytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  take(chunk: Uint8Array): (string | LongLine)[] {
    const lines: (string | LongLine)[] = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, start)
      this.#add(end === -1 ? chunk.subarray(start) : chunk.subarray(start, end))
      if (end === -1) return lines
      const text = Buffer.concat(this.#parts).toString('utf8')
      lines.push(this.#sizeBytes > this.#bytesMax ? { head: text } : text)
      this.#parts = []
      this.#sizeBytes = 0
      start = end + 1
    }
  }

  #add(part: Uint8Array): void {
    const fitted = this.#sizeBytes <= this.#bytesMax
    this.#sizeBytes += part.length
    if (this.#sizeBytes <= this.#bytesMax) {
      if (part.length > 0) this.#parts.push(part)
    } else if (fitted) {
      this.#parts = [Buffer.concat([...this.#parts, part]).subarray(0, headBytes)]
    }
  }
}
