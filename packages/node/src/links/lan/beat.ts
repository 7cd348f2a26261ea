import type { Saying } from './channel.ts'
import { lanLimits } from './limits.ts'

/** When one thing is said on one interface: soon and often at first, then now and then, and when it is asked for. */
export class Beat {
  readonly saying: Saying
  readonly #beganMs: number
  #times: readonly number[]
  #nextMs = Number.POSITIVE_INFINITY
  #saidMs = Number.NEGATIVE_INFINITY

  constructor(saying: Saying, nowMs: number) {
    this.saying = saying
    this.#beganMs = nowMs
    this.#times = saying.firstMs
    this.#plan(nowMs)
  }

  get nextMs(): number {
    return this.#nextMs
  }

  /** Somebody wants to hear it. Not more often than the limits say, and not all who are asked at once. */
  soon(nowMs: number, delayMs: number): void {
    const atMs = Math.max(nowMs + delayMs, this.#saidMs + lanLimits.answerEveryMs)
    this.#nextMs = Math.min(this.#nextMs, atMs)
  }

  /** The system did not take it: the address may not be ripe. Later on, the next time will do. */
  again(nowMs: number): void {
    if (nowMs < this.#beganMs + lanLimits.ripenMs) this.#nextMs = Math.min(this.#nextMs, nowMs + lanLimits.againMs)
  }

  /** It is being said. */
  said(nowMs: number): void {
    this.#saidMs = nowMs
    this.#times = this.#times.filter(ms => this.#beganMs + ms > nowMs)
    this.#plan(nowMs)
  }

  #plan(nowMs: number): void {
    const [first] = this.#times
    const { everyMs } = this.saying
    if (first !== undefined) this.#nextMs = this.#beganMs + first
    else this.#nextMs = everyMs === null ? Number.POSITIVE_INFINITY : nowMs + everyMs
  }
}
