import { abortError, type Clock } from './clock.ts'

/** Time that passes only when a test says so. */
export class HandClock implements Clock {
  #now = 1_000_000
  #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  now(): number {
    return this.#now
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      const end = (settle: () => void) => () => {
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', stop)
        settle()
      }
      const stop = end(() => reject(abortError(signal)))
      const sleeper = { at: this.#now + delayMs, wake: end(resolve) }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  get sleeping(): number {
    return this.#sleepers.size
  }

  pass(delayMs: number): void {
    this.#now += delayMs
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#now) sleeper.wake()
  }
}
