import type { Clock } from './clock.ts'
import { Elapsed } from './elapsed.ts'

const hourMs = 3_600_000

/** So many for each person in an hour, whatever the clock does. Forgotten with the process. */
export class Allowance {
  readonly #elapsed: Elapsed
  readonly #perHourMax: number
  readonly #used = new Map<string, number[]>()

  constructor(clock: Clock, perHourMax: number) {
    this.#elapsed = new Elapsed(clock)
    this.#perHourMax = perHourMax
  }

  /** Milliseconds until there is one; 0: now. */
  waitMs(user: string): number {
    const [first, ...others] = this.#recent(user)
    if (first === undefined || others.length + 1 < this.#perHourMax) return 0
    return first + hourMs - this.#elapsed.now()
  }

  take(user: string): boolean {
    if (this.waitMs(user) > 0) return false
    this.#used.set(user, [...this.#recent(user), this.#elapsed.now()])
    return true
  }

  #recent(user: string): readonly number[] {
    const since = this.#elapsed.now() - hourMs
    const recent = (this.#used.get(user) ?? []).filter(at => at > since)
    if (recent.length === 0) this.#used.delete(user)
    return recent
  }
}
