/**
 * A wake-up call between rooms. It carries nothing and may be missed without harm: the truth is in the stores, and each
 * service finds its work by reading them. Calls made while nobody waits are remembered as one.
 */
export class Hint {
  #pending = false
  #waiting = new Set<() => void>()

  notify(): void {
    if (this.#waiting.size === 0) {
      this.#pending = true
      return
    }
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves at the next (or a remembered) `notify`, or at once when the signal has fired. Never rejects. */
  wait(signal: AbortSignal): Promise<void> {
    if (this.#pending || signal.aborted) {
      this.#pending = false
      return Promise.resolve()
    }
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
