/** Keeps the first bytes of a stream that passes by. */
export class Beginning {
  readonly #bytesMax: number
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      const kept = Uint8Array.from(chunk.subarray(0, this.#bytesMax - this.#bytes))
      if (kept.length > 0) this.#chunks.push(kept)
      this.#bytes += kept.length
      yield chunk
    }
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }
}
