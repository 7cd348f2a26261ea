/** Things that one side hands over and the other takes out in order; ends when it was ended and is empty. */
export class HandOver<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = []
  #ended = false
  #wake: () => void = () => {}

  get length(): number {
    return this.#waiting.length
  }

  /** `false` when nobody will take it any more. */
  put(item: T): boolean {
    if (this.#ended) return false
    this.#waiting.push(item)
    this.#wake()
    return true
  }

  /** Nothing more comes. Answers what nobody took. */
  end(): T[] {
    this.#ended = true
    this.#wake()
    return this.#waiting.splice(0)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.#waiting.shift()
      if (item !== undefined) yield item
      else if (this.#ended) return
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    }
  }
}
