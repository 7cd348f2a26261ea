/** Who wants to hear of something that happened. They are called in turn, at once, and must not throw. */
export class Listeners<T> {
  readonly #listeners = new Set<(news: T) => void>()

  /** Returns the way to stop. */
  add(listener: (news: T) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(news: T): void {
    for (const listener of this.#listeners) listener(news)
  }
}
