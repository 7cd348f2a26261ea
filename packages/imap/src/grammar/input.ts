/**
 * What the client sent and nobody has read yet. One reader takes lines and pieces; `push` resolves late when the reader
 * lags, so the host stops reading its socket. The reader gets `SessionEnded` when the host ends the connection.
 */
import { assert, Farewell, SessionEnded } from '../session/faults.ts'
import { binaryOf } from './bytes.ts'

const LF = 10
const CR = 13
const FIRST_BUFFER_BYTES = 1024

export class Input {
  readonly #waitingBytesMax: number
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES)
  #start = 0
  #end = 0
  /** Up to here the unread bytes are known to hold no line end. */
  #searched = 0
  #wakeReader: (() => void) | undefined
  #wakeWriters: (() => void)[] = []
  #ended = false
  #dropping = false
  /** All bytes read so far. */
  consumedBytes = 0

  constructor(waitingBytesMax: number) {
    this.#waitingBytesMax = waitingBytesMax
  }

  /** Unread bytes. */
  get size(): number {
    return this.#end - this.#start
  }

  /** Does the reader wait for bytes? */
  get starving(): boolean {
    return this.#wakeReader !== undefined
  }

  /** Takes a copy of the bytes. Resolves when more may come. */
  async push(chunk: Uint8Array): Promise<void> {
    if (this.#ended || this.#dropping || chunk.length === 0) return
    this.#makeRoom(chunk.length)
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
    this.#wakeReader?.()
    // The reader runs first; it may take all of this before the host is asked to wait.
    await Promise.resolve()
    while (this.#mustWait()) await new Promise<void>(resolve => this.#wakeWriters.push(resolve))
  }

  #mustWait(): boolean {
    return this.size >= this.#waitingBytesMax && !this.starving && !this.#ended
  }

  #makeRoom(bytes: number): void {
    if (this.#buffer.length - this.#end >= bytes) return
    const unread = this.#buffer.subarray(this.#start, this.#end)
    const capacity = Math.max(FIRST_BUFFER_BYTES, 2 * (unread.length + bytes))
    const buffer = capacity > this.#buffer.length ? new Uint8Array(capacity) : this.#buffer
    if (buffer === this.#buffer) buffer.copyWithin(0, this.#start, this.#end)
    else buffer.set(unread)
    this.#buffer = buffer
    this.#searched -= this.#start
    this.#end -= this.#start
    this.#start = 0
  }

  /**
   * The next line without its line end (CRLF, or LF alone), as a binary string.
   *
   * @throws Farewell when it is longer than `bytesMax`, SessionEnded.
   */
  async line(bytesMax: number): Promise<string> {
    for (;;) {
      if (this.#ended) throw new SessionEnded()
      const at = this.#buffer.subarray(0, this.#end).indexOf(LF, Math.max(this.#searched, this.#start))
      const found = at === -1 ? this.#end : at
      if (found - this.#start > bytesMax + 1) throw new Farewell('Line too long', 'lineBytesMax')
      if (at !== -1) {
        const end = at > this.#start && this.#buffer[at - 1] === CR ? at - 1 : at
        const line = binaryOf(this.#buffer.subarray(this.#start, end))
        this.#consume(at + 1 - this.#start)
        return line
      }
      this.#searched = this.#end
      await this.#more()
    }
  }

  /** At least one byte, at most `bytesMax`. @throws SessionEnded */
  async some(bytesMax: number): Promise<Uint8Array> {
    while (this.size === 0 || this.#ended) await this.#more()
    const piece = this.#buffer.slice(this.#start, Math.min(this.#end, this.#start + bytesMax))
    this.#consume(piece.length)
    return piece
  }

  /** Exactly so many bytes, as a binary string. @throws SessionEnded */
  async exactly(bytes: number): Promise<string> {
    let binary = ''
    while (binary.length < bytes) binary += binaryOf(await this.some(bytes - binary.length))
    return binary
  }

  /** Reads and forgets. @throws SessionEnded */
  async skip(bytes: number): Promise<void> {
    let left = bytes
    while (left > 0) left -= (await this.some(left)).length
  }

  #consume(bytes: number): void {
    this.#start += bytes
    this.consumedBytes += bytes
    this.#searched = this.#start
    if (this.#start === this.#end) {
      this.#start = 0
      this.#end = 0
      this.#searched = 0
      // One large burst must not be paid for by an idle connection for hours.
      if (this.#buffer.length > this.#waitingBytesMax) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES)
    }
    if (this.size < this.#waitingBytesMax) this.#releaseWriters()
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new SessionEnded()
    assert(this.#wakeReader === undefined, 'two readers of one input')
    const filled = new Promise<void>(resolve => {
      this.#wakeReader = resolve
    })
    this.#releaseWriters()
    await filled
    this.#wakeReader = undefined
    if (this.#ended) throw new SessionEnded()
  }

  #releaseWriters(): void {
    const writers = this.#wakeWriters
    this.#wakeWriters = []
    for (const wake of writers) wake()
  }

  /** Forgets what was received, and what comes until `resume`: nothing survives STARTTLS (RFC 9051 section 6.2.1). */
  drop(): void {
    this.#dropping = true
    this.#consume(this.size)
  }

  resume(): void {
    this.#dropping = false
  }

  end(): void {
    this.#ended = true
    this.#wakeReader?.()
    this.#releaseWriters()
  }
}
