/**
 * How long a client may take. Time is counted in the steps of `wake`, each at most `wakeStepMsMax`: a clock that is set
 * while clients are connected does not end their connections.
 */
import type { ImapLimits } from '../limits.ts'

/** Those of a protocol's limits that are deadlines. */
export type DeadlineLimits = Pick<
  ImapLimits,
  'commandsBeforeLoginPerMinuteMax' | 'loginMsMax' | 'idleMsMax' | 'commandMsMax' | 'outputStallMsMax' | 'wakeStepMsMax'
>

interface Probe {
  readonly loggedIn: boolean
  /** Does the session wait for bytes from the client? */
  readonly waitsForInput: boolean
  /** What has begun to arrive and is not complete. */
  readonly within: 'nothing' | 'command' | 'message'
  /** Commands that came so far. */
  readonly commands: number
  /** Does the session wait for the client to take its answers? */
  readonly outputBlocked: boolean
  readonly outputPulls: number
}

export class Deadlines {
  readonly #limits: DeadlineLimits
  #clockMs: number
  #elapsedMs = 0
  #activeMs = 0
  #withinCommandMs: number | undefined
  #commands = 0
  #blockedMs: number | undefined
  #pulls = 0
  #windowMs = 0
  #commandsInWindow = 0

  constructor(limits: DeadlineLimits, nowMs: number) {
    this.#limits = limits
    this.#clockMs = nowMs
  }

  /** Bytes came. */
  active(): void {
    this.#activeMs = this.#elapsedMs
  }

  /** Counts a command before login; false when they are too many within a minute. */
  countCommand(): boolean {
    if (this.#elapsedMs - this.#windowMs >= 60_000) {
      this.#windowMs = this.#elapsedMs
      this.#commandsInWindow = 0
    }
    this.#commandsInWindow += 1
    return this.#commandsInWindow <= this.#limits.commandsBeforeLoginPerMinuteMax
  }

  /** The limit that is broken now, if any. */
  wake(nowMs: number, probe: Probe): keyof DeadlineLimits | undefined {
    this.#elapsedMs += Math.min(Math.max(nowMs - this.#clockMs, 0), this.#limits.wakeStepMsMax)
    this.#clockMs = nowMs
    if (probe.within !== 'command' || probe.commands !== this.#commands) this.#withinCommandMs = undefined
    if (probe.within === 'command') this.#withinCommandMs ??= this.#elapsedMs
    this.#commands = probe.commands
    if (!probe.outputBlocked || probe.outputPulls !== this.#pulls) this.#blockedMs = undefined
    if (probe.outputBlocked) this.#blockedMs ??= this.#elapsedMs
    this.#pulls = probe.outputPulls
    if (!probe.loggedIn && this.#elapsedMs >= this.#limits.loginMsMax) return 'loginMsMax'
    if (this.#over(this.#blockedMs, this.#limits.outputStallMsMax)) return 'outputStallMsMax'
    const waitingSinceMs = probe.within === 'message' && probe.waitsForInput ? this.#activeMs : this.#withinCommandMs
    if (this.#over(waitingSinceMs, this.#limits.commandMsMax)) return 'commandMsMax'
    if (probe.waitsForInput && this.#over(this.#activeMs, this.#limits.idleMsMax)) return 'idleMsMax'
    return undefined
  }

  #over(sinceMs: number | undefined, maxMs: number): boolean {
    return sinceMs !== undefined && this.#elapsedMs - sinceMs >= maxMs
  }
}
