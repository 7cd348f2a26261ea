/**
 * Writing in few large steps, each while the next block is still being filled: one letter costs one write, and a large
 * packet is written while it is sealed. Flat memory: two blocks, less for what is small.
 */
const smallBytes = 16 * 1024
const blockBytes = 512 * 1024

export class WriteBehind {
  readonly #write: (block: Uint8Array) => Promise<void>
  #block: Buffer | undefined
  #filledBytes = 0
  #grown = false
  /** The block that is being written, or was. */
  #other: Buffer | undefined
  #writing: Promise<void> = Promise.resolve()

  /** @param write puts all of `block` behind what it was given before; called again only when it has resolved. */
  constructor(write: (block: Uint8Array) => Promise<void>) {
    this.#write = write
  }

  /** Takes a copy. Rejects when an earlier write failed, and from then on. */
  async add(chunk: Uint8Array): Promise<void> {
    let rest = chunk
    while (rest.length > 0) {
      this.#block ??= Buffer.allocUnsafeSlow(rest.length > smallBytes || this.#grown ? blockBytes : smallBytes)
      const block = this.#block
      const piece = rest.subarray(0, block.length - this.#filledBytes)
      block.set(piece, this.#filledBytes)
      this.#filledBytes += piece.length
      rest = rest.subarray(piece.length)
      if (this.#filledBytes === block.length) await this.#handOver(block)
    }
  }

  /** Everything was written when it resolves. Rejects as `add` does. */
  async flush(): Promise<void> {
    if (this.#block !== undefined && this.#filledBytes > 0) await this.#handOver(this.#block)
    await this.#writing
  }

  async #handOver(full: Buffer): Promise<void> {
    await this.#writing
    this.#writing = this.#write(full.subarray(0, this.#filledBytes))
    // Whoever adds or flushes next hears of a failure.
    this.#writing.catch(() => undefined)
    this.#block = this.#other
    this.#other = full.length === blockBytes ? full : undefined
    this.#filledBytes = 0
    this.#grown = true
  }
}
