import { joined } from '../bytes.ts'

/** A byte stream that can be looked into before it is taken. Holds one chunk of the stream, or what was looked into. */
export class Window {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  #ended = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** At least `sizeBytes`, fewer only at the end of the stream; they stay until dropped. */
  async look(sizeBytes: number): Promise<Uint8Array> {
    const parts = [this.#held]
    let heldBytes = this.#held.length
    while (heldBytes < sizeBytes && !this.#ended) {
      const chunk = await this.#next()
      if (chunk === undefined || chunk.length === 0) continue
      parts.push(chunk)
      heldBytes += chunk.length
    }
    if (parts.length > 1) this.#held = joined(parts)
    return this.#held
  }

  /** At most as much as was looked at. */
  drop(sizeBytes: number): void {
    this.#held = this.#held.subarray(sizeBytes)
  }

  /** What is at hand of the next `sizeBytesMax`; nothing only at the end. The bytes may be kept. */
  async take(sizeBytesMax: number): Promise<Uint8Array> {
    const piece = (await this.look(1)).subarray(0, sizeBytesMax)
    this.drop(piece.length)
    return piece
  }

  /** Takes `sizeBytes` without looking. False when the stream ends before. */
  async skip(sizeBytes: number): Promise<boolean> {
    let leftBytes = sizeBytes
    while (leftBytes > 0) {
      const piece = await this.take(leftBytes)
      if (piece.length === 0) return false
      leftBytes -= piece.length
    }
    return true
  }

  /** Lets go of the stream, whether it has ended or not. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#chunks.return?.()
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#chunks.next()
      if (next.done !== true) return next.value
      this.#ended = true
      return undefined
    } catch (error) {
      // A stream that threw has ended by itself and must not be asked to.
      this.#ended = true
      throw error
    }
  }
}
