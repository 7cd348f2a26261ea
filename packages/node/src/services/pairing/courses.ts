/**
 * The course of each open invite: how long it still lives, and what happened to it, for those who wait.
 *
 * Life is counted by timers, so that a clock that jumps while the node runs neither ends nor prolongs it.
 */
import { abortError, type Clock } from '../../base/clock.ts'
import { Hint } from '../../base/hint.ts'
import { pairingLimits } from './limits.ts'

export type Notice =
  /** Somebody had an attempt and did not prove the secret. */
  | { readonly kind: 'tried'; readonly from: string; readonly tries: number; readonly triesMax: number }
  /** Somebody proved it and could not be taken in: a person has to decide. */
  | { readonly kind: 'refused'; readonly from: string; readonly code: string; readonly message: string }
  /** Taken in, and the line was cut before the other side said the same. */
  | { readonly kind: 'unconfirmed'; readonly neighbour: string }

export type Ending =
  | { readonly kind: 'joined'; readonly neighbour: string; readonly id: string; readonly confirmed: boolean }
  | { readonly kind: 'expired' | 'void' | 'cancelled' }

export interface Course {
  readonly notices: readonly Notice[]
  readonly ending: Ending | null
}

interface Watched {
  readonly notices: Notice[]
  ending: Ending | null
  readonly changed: Hint
  /** Its life is over, and not counted any more. */
  readonly over: AbortController
}

export class Courses {
  readonly #clock: Clock
  readonly #watched = new Map<string, Watched>()
  readonly #expired: (id: string) => void
  #stopped = false

  constructor(clock: Clock, expired: (id: string) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Counts from now on. */
  begin(id: string, leftMs: number): void {
    const watched = { notices: [], ending: null, changed: new Hint(), over: new AbortController() }
    this.#watched.delete(id)
    this.#watched.set(id, watched)
    for (const [old, { over }] of this.#watched) {
      if (this.#watched.size > pairingLimits.watchedMax && over.signal.aborted) this.#watched.delete(old)
    }
    void this.#live(id, leftMs, watched)
  }

  /** Is its time not over? One that was used lives on, so that others can be told. */
  isAlive(id: string): boolean {
    return this.#watched.get(id)?.over.signal.aborted === false
  }

  notice(id: string, notice: Notice): void {
    const watched = this.#watched.get(id)
    if (watched === undefined || watched.notices.length >= pairingLimits.noticesMax) return
    watched.notices.push(notice)
    watched.changed.notify()
  }

  /** The first ending counts. */
  end(id: string, ending: Ending): void {
    const watched = this.#watched.get(id)
    if (watched === undefined) return
    watched.ending ??= ending
    if (ending.kind !== 'joined') watched.over.abort()
    watched.changed.notify()
  }

  /** There is no such invite any more. */
  forget(id: string): void {
    this.#watched.get(id)?.over.abort()
  }

  /** What happened after the first `seen` notices, as soon as there is something; undefined when it is not known. */
  async follow(id: string, seen: number, signal: AbortSignal): Promise<Course | undefined> {
    const watched = this.#watched.get(id)
    if (watched === undefined) return undefined
    while (watched.notices.length <= seen && watched.ending === null) {
      if (signal.aborted || this.#stopped) throw abortError(signal)
      await watched.changed.wait(signal)
    }
    return { notices: watched.notices.slice(seen), ending: watched.ending }
  }

  stop(): void {
    this.#stopped = true
    for (const { over, changed } of this.#watched.values()) {
      over.abort()
      changed.notify()
    }
  }

  async #live(id: string, leftMs: number, { over }: Watched): Promise<void> {
    try {
      for (let left = leftMs; left > 0; left -= pairingLimits.pauseMsMax) {
        await this.#clock.sleep(Math.min(left, pairingLimits.pauseMsMax), over.signal)
      }
    } catch {
      return
    }
    over.abort()
    this.#expired(id)
  }
}
