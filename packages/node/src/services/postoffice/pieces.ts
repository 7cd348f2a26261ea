/** A stream as consecutive pieces of one size, each a stream itself: to be read to its end before the next. */
export class Pieces {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #pieceBytes: number
  #rest: Uint8Array = new Uint8Array(0)
  #ended = false
  #sizeBytes = 0

  constructor(source: AsyncIterable<Uint8Array>, pieceBytes: number) {
    this.#source = source[Symbol.asyncIterator]()
    this.#pieceBytes = pieceBytes
  }

  /** Of all pieces so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The next piece; only the last one is smaller. */
  async *next(seen: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
    for (let leftBytes = this.#pieceBytes; leftBytes > 0 && !(await this.atEnd()); ) {
      const chunk = this.#rest.subarray(0, leftBytes)
      this.#rest = this.#rest.subarray(chunk.length)
      leftBytes -= chunk.length
      this.#sizeBytes += chunk.length
      seen(chunk)
      yield chunk
    }
  }

  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#ended) {
      const next = await this.#source.next()
      if (next.done === true) this.#ended = true
      else this.#rest = next.value
    }
    return this.#rest.length === 0
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }
}
