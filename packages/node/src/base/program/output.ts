/** What a program writes, kept to a bound: its beginning and its end, since errors come last. */
export class KeptOutput {
  readonly #halfBytes: number
  readonly #head: Uint8Array[] = []
  #headBytes = 0
  #tail: Uint8Array[] = []
  #tailBytes = 0
  #bytes = 0

  constructor(bytesMax: number) {
    this.#halfBytes = Math.floor(bytesMax / 2)
  }

  /** Takes a copy of what it keeps. */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    // `slice` of a Buffer is no copy, and would hold on to all of a chunk for a few of its bytes.
    const head = Uint8Array.from(chunk.subarray(0, this.#halfBytes - this.#headBytes))
    if (head.length > 0) this.#head.push(head)
    this.#headBytes += head.length
    if (head.length === chunk.length || this.#halfBytes === 0) return
    const rest = Uint8Array.from(chunk.subarray(Math.max(head.length, chunk.length - this.#halfBytes)))
    this.#tail.push(rest)
    this.#tailBytes += rest.length
    // Joined now and then, so that a flood of single bytes costs no more than its bytes.
    if (this.#tailBytes > 2 * this.#halfBytes || this.#tail.length > 1000) this.#shorten()
  }

  text(): string {
    this.#shorten()
    const cutBytes = this.#bytes - this.#headBytes - this.#tailBytes
    const cut = cutBytes > 0 ? `\n[… ${cutBytes} bytes were left out …]\n` : ''
    return `${Buffer.concat(this.#head).toString()}${cut}${Buffer.concat(this.#tail).toString()}`
  }

  #shorten(): void {
    const all = Buffer.concat(this.#tail)
    const kept = all.subarray(Math.max(0, all.length - this.#halfBytes))
    this.#tail = [kept]
    this.#tailBytes = kept.length
  }
}
