/** Removals that wait while somebody copies files: see `Spool.keepFiles`. */
export class HeldRemovals<Name> {
  readonly #remove: (names: readonly Name[]) => Promise<void>
  readonly #left = new Set<Name>()
  #keepers = 0

  constructor(remove: (names: readonly Name[]) => Promise<void>) {
    this.#remove = remove
  }

  /** Whether it waits now: it is removed when the last keeper ends. */
  holds(name: Name): boolean {
    if (this.#keepers === 0) return false
    this.#left.add(name)
    return true
  }

  /** Until what it answers is called, nothing is removed. */
  keep(): () => Promise<void> {
    let ended = false
    this.#keepers += 1
    return async () => {
      if (ended) return
      ended = true
      this.#keepers -= 1
      if (this.#keepers > 0) return
      const left = [...this.#left]
      this.#left.clear()
      await this.#remove(left)
    }
  }
}
