/** How many may try to pair: at once and in a minute, in all and from one origin, so that one keeps out no others. */
import { setMaxListeners } from 'node:events'
import type { Clock } from '../../base/clock.ts'
import { pairingLimits } from './limits.ts'

const minuteMs = 60_000

export class Gate {
  readonly #clock: Clock
  readonly #stopped: AbortSignal
  readonly #atOnce = new Counts()
  readonly #inMinute = new Counts()

  constructor(clock: Clock, stopped: AbortSignal) {
    this.#clock = clock
    this.#stopped = stopped
    // Each call is counted for a minute, or until the end.
    setMaxListeners(0, stopped)
  }

  /** Whether one more may come in; it then counts until `left`. */
  admit(origin: string): boolean {
    const { conversationsMax, conversationsPerOriginMax, callsPerMinuteMax, callsPerMinuteAndOriginMax } = pairingLimits
    if (this.#atOnce.isFull(origin, conversationsMax, conversationsPerOriginMax)) return false
    if (this.#inMinute.isFull(origin, callsPerMinuteMax, callsPerMinuteAndOriginMax)) return false
    this.#atOnce.add(origin, 1)
    this.#inMinute.add(origin, 1)
    const less = () => this.#inMinute.add(origin, -1)
    this.#clock.sleep(minuteMs, this.#stopped).then(less, less)
    return true
  }

  left(origin: string): void {
    this.#atOnce.add(origin, -1)
  }
}

class Counts {
  readonly #of = new Map<string, number>()
  #all = 0

  isFull(origin: string, max: number, perOriginMax: number): boolean {
    return this.#all >= max || (this.#of.get(origin) ?? 0) >= perOriginMax
  }

  add(origin: string, change: 1 | -1): void {
    this.#all += change
    const count = (this.#of.get(origin) ?? 0) + change
    if (count > 0) this.#of.set(origin, count)
    else this.#of.delete(origin)
  }
}
