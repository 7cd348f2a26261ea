import type { Clock } from './clock.ts'

/** Milliseconds since it was made, which never go back, whatever people do to the clock. */
export class Elapsed {
  readonly #clock: Clock
  #lastMs: number
  #sumMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lastMs = clock.now()
  }

  now(): number {
    const now = this.#clock.now()
    this.#sumMs += Math.max(0, now - this.#lastMs)
    this.#lastMs = now
    return this.#sumMs
  }
}
