import { OperatingError } from '../../base/errors.ts'

/** Bytes in, whole lines out; a character that is cut in two by the pipe stays one. */
export class LineReader {
  readonly #bytesMax: number
  #parts: Uint8Array[] = []
  #sizeBytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @throws OperatingError `engine-talks-wildly` for a line without end. */
  take(chunk: Uint8Array): string[] {
    const lines: string[] = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, start)
      this.#add(end === -1 ? chunk.subarray(start) : chunk.subarray(start, end))
      if (end === -1) return lines
      lines.push(Buffer.concat(this.#parts, this.#sizeBytes).toString('utf8'))
      this.#parts = []
      this.#sizeBytes = 0
      start = end + 1
    }
  }

  #add(part: Uint8Array): void {
    this.#sizeBytes += part.length
    if (this.#sizeBytes > this.#bytesMax) {
      throw new OperatingError('The chat engine wrote a line that is too long.', {
        code: 'engine-talks-wildly',
        retry: 'later',
      })
    }
    if (part.length > 0) this.#parts.push(part)
  }
}
