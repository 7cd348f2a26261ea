/** Finds the lines of a stream in flat memory: of each line only as much is kept as the listener wants. */
import { binaryOf } from '../grammar/bytes.ts'

const LF = 10
const CR = 13

export interface ScannedLine {
  /** Offset of its first byte in the stream. */
  readonly start: number
  /** Offset after its line end. */
  readonly end: number
  /** Bytes of the line end: 2 (CRLF), 1 (LF), 0 (end of stream). */
  readonly terminatorBytes: number
  /** Its beginning, as a binary string; with the line end if it fits. */
  readonly kept: string
}

export interface LineListener {
  /** How many bytes of a line to keep that begins with `firstByte`. */
  keepBytes(firstByte: number): number
  /** `false`: the rest of the stream does not matter. */
  line(line: ScannedLine): boolean
}

class LineScanner {
  readonly #listener: LineListener
  #start = 0
  #offset = 0
  #kept = ''
  #keepBytes = 0
  #lastByte = 0
  #done = false

  constructor(listener: LineListener) {
    this.#listener = listener
  }

  /** Takes the next bytes; false when no more are needed. */
  push(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length && !this.#done; ) {
      if (this.#offset === this.#start) this.#keepBytes = this.#listener.keepBytes(chunk[at] ?? 0)
      const found = chunk.indexOf(LF, at)
      const end = found === -1 ? chunk.length : found + 1
      const room = this.#keepBytes - this.#kept.length
      if (room > 0) this.#kept += binaryOf(chunk.subarray(at, Math.min(end, at + room)))
      this.#offset += end - at
      const beforeEnd = end - at >= 2 ? chunk[end - 2] : this.#lastByte
      const whole = this.#offset - this.#start
      this.#lastByte = chunk[end - 1] ?? 0
      if (found !== -1) this.#line(whole >= 2 && beforeEnd === CR ? 2 : 1)
      at = end
    }
    return !this.#done
  }

  /** The stream ends: what is left is a line too. */
  finish(): void {
    if (!this.#done && this.#offset > this.#start) this.#line(0)
  }

  /** Bytes seen. */
  get offset(): number {
    return this.#offset
  }

  #line(terminatorBytes: number): void {
    const line = { start: this.#start, end: this.#offset, terminatorBytes, kept: this.#kept }
    this.#start = this.#offset
    this.#kept = ''
    this.#done = !this.#listener.line(line)
  }
}

/** Feeds a whole stream, or as much of it as the listener wants. */
export async function scanLines(stream: AsyncIterable<Uint8Array>, listener: LineListener): Promise<number> {
  const scanner = new LineScanner(listener)
  for await (const chunk of stream) if (!scanner.push(chunk)) return scanner.offset
  scanner.finish()
  return scanner.offset
}

/** Feeds a binary string that is at hand already. */
export function scanText(text: string, listener: LineListener): void {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found === -1 ? text.length : found + 1
    const terminatorBytes = found === -1 ? 0 : found > start && text.charCodeAt(found - 1) === CR ? 2 : 1
    const keep = listener.keepBytes(text.charCodeAt(start))
    const kept = keep === 0 ? '' : text.slice(start, Math.min(end, start + keep))
    if (!listener.line({ start, end, terminatorBytes, kept })) return
    start = end
  }
}
