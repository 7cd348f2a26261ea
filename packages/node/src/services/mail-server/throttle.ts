/**
 * Slows down those who guess passwords, over SMTP and IMAP together.
 *
 * Wrong passwords are counted for the place they come from and for the account they name; each further one doubles the
 * time before the next guess is looked at. A person is never locked out for what others do: a password that comes from
 * this machine, or from a place where this account's password was right before, is always looked at; wrong ones from
 * there are answered late instead. All of it is in memory and bounded; a restart forgets it.
 */
import type { Clock } from '../../base/clock.ts'
import { isLoopback, placeOf } from './remote.ts'

export interface ThrottleLimits {
  /** Wrong passwords in a row that cost nothing: people mistype. */
  readonly freeGuessesPerPlace: number
  readonly freeGuessesPerAccount: number
  readonly firstDelayMs: number
  readonly delayPerPlaceMsMax: number
  /** Smaller: strangers can reach it for somebody else's account. */
  readonly delayPerAccountMsMax: number
  /** An answer to a wrong password from a trusted place is held back no longer than this. */
  readonly answerDelayMsMax: number
  /** So long after the last wrong password all is forgotten. */
  readonly memoryMs: number
  /** Of each table; the entries touched longest ago go first. */
  readonly entriesMax: number
}

export const throttleLimits: ThrottleLimits = {
  freeGuessesPerPlace: 5,
  freeGuessesPerAccount: 10,
  firstDelayMs: 1000,
  delayPerPlaceMsMax: 15 * 60_000,
  delayPerAccountMsMax: 60_000,
  answerDelayMsMax: 4000,
  memoryMs: 60 * 60_000,
  entriesMax: 10_000,
}

export interface LoginAttempt {
  /** The client's IP address. */
  readonly remote: string
  /** Local user name, as claimed. */
  readonly account: string
}

export class LoginThrottle {
  readonly #clock: Pick<Clock, 'now'>
  readonly #limits: ThrottleLimits
  readonly #places: GuessTable
  readonly #accounts: GuessTable
  readonly #pairs: GuessTable
  readonly #known = new Set<string>()

  constructor(options: { clock: Pick<Clock, 'now'>; limits?: Partial<ThrottleLimits> }) {
    this.#clock = options.clock
    this.#limits = { ...throttleLimits, ...options.limits }
    this.#places = new GuessTable(this.#limits)
    this.#accounts = new GuessTable(this.#limits)
    this.#pairs = new GuessTable(this.#limits)
  }

  /** How long until a password may be tried; 0 = now. Ask before the password is looked at. */
  waitMs(attempt: LoginAttempt): number {
    if (this.#trusts(attempt)) return 0
    const now = this.#clock.now()
    const { freeGuessesPerPlace, freeGuessesPerAccount, delayPerPlaceMsMax, delayPerAccountMsMax } = this.#limits
    const place = this.#places.waitMs(placeOf(attempt.remote), {
      now,
      free: freeGuessesPerPlace,
      delayMsMax: delayPerPlaceMsMax,
    })
    const account = this.#accounts.waitMs(attempt.account, {
      now,
      free: freeGuessesPerAccount,
      delayMsMax: delayPerAccountMsMax,
    })
    return Math.max(place, account)
  }

  /** Notes a wrong password. @returns how long to hold back the answer. */
  failed(attempt: LoginAttempt): number {
    const now = this.#clock.now()
    const guesses = this.#pairs.add(pairOf(attempt), now)
    if (!this.#trusts(attempt)) {
      this.#places.add(placeOf(attempt.remote), now)
      this.#accounts.add(attempt.account, now)
      return 0
    }
    const delayMs = (this.#limits.firstDelayMs / 4) * 2 ** Math.min(guesses - 1, 30)
    return Math.min(delayMs, this.#limits.answerDelayMsMax)
  }

  /** Notes a right password: what was counted against account and place is forgotten, and the pair is trusted. */
  succeeded(attempt: LoginAttempt): void {
    const pair = pairOf(attempt)
    this.#pairs.clear(pair)
    this.#places.clear(placeOf(attempt.remote))
    this.#accounts.clear(attempt.account)
    this.#known.delete(pair)
    this.#known.add(pair)
    dropOldest(this.#known, this.#limits.entriesMax)
  }

  /** Entries of all tables: for tests and metrics. */
  get entries(): number {
    return this.#places.entries + this.#accounts.entries + this.#pairs.entries + this.#known.size
  }

  #trusts(attempt: LoginAttempt): boolean {
    return isLoopback(attempt.remote) || this.#known.has(pairOf(attempt))
  }
}

function pairOf(attempt: LoginAttempt): string {
  return `${placeOf(attempt.remote)} ${attempt.account}`
}

interface Guesses {
  readonly count: number
  readonly lastAt: number
}

class GuessTable {
  readonly #limits: ThrottleLimits
  readonly #guesses = new Map<string, Guesses>()

  constructor(limits: ThrottleLimits) {
    this.#limits = limits
  }

  get entries(): number {
    return this.#guesses.size
  }

  waitMs(key: string, options: { now: number; free: number; delayMsMax: number }): number {
    const guesses = this.#recent(key, options.now)
    const counted = guesses.count - options.free
    if (counted < 0) return 0
    const delayMs = Math.min(this.#limits.firstDelayMs * 2 ** Math.min(counted, 30), options.delayMsMax)
    return Math.max(0, guesses.lastAt + delayMs - options.now)
  }

  add(key: string, now: number): number {
    const count = this.#recent(key, now).count + 1
    this.#guesses.delete(key)
    this.#guesses.set(key, { count, lastAt: now })
    dropOldest(this.#guesses, this.#limits.entriesMax)
    return count
  }

  clear(key: string): void {
    this.#guesses.delete(key)
  }

  /** A clock that was set back must not keep anyone out: what lies in the future counts as now. */
  #recent(key: string, now: number): Guesses {
    const guesses = this.#guesses.get(key)
    if (guesses === undefined || now - guesses.lastAt > this.#limits.memoryMs) return { count: 0, lastAt: now }
    if (guesses.lastAt <= now) return guesses
    const corrected = { count: guesses.count, lastAt: now }
    this.#guesses.set(key, corrected)
    return corrected
  }
}

function dropOldest(
  table: { size: number; keys(): Iterator<string>; delete(key: string): boolean },
  entriesMax: number,
): void {
  while (table.size > entriesMax) {
    const oldest = table.keys().next()
    if (oldest.done === true) return
    table.delete(oldest.value)
  }
}
