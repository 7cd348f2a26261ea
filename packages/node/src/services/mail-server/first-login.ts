/**
 * Accounts that people make by logging in (Delta Chat's `dcaccount:` way), where an operator allows it.
 *
 * It promises: nobody gets an existing name, and no more are made than the limits say, whoever asks how fast. What is
 * refused looks like a wrong password, and counts as one.
 */
import type { Clock } from '../../base/clock.ts'
import { placeOf } from './remote.ts'

export interface FirstLogin {
  readonly limits: FirstLoginLimits
  /** Makes the account; durable when it resolves. `known`: there is a user of the name; `refused`: nobody gets it. */
  make(name: string, password: string): Promise<FirstLoginOutcome>
}

export type FirstLoginOutcome = 'made' | 'known' | 'refused'

export interface FirstLoginLimits {
  readonly perPlaceMax: number
  readonly perDayMax: number
}

/** Delta Chat invents nine letters, and fifty for the password. Shorter ones are somebody's typing error. */
const nameLettersMin = 9
const passwordLettersMin = 20
const placesMax = 10_000
const dayMs = 86_400_000

/** Counts in memory: what a restart forgets, the total of the directory still bounds. */
export class FirstLogins {
  readonly #options: FirstLogin
  readonly #clock: Pick<Clock, 'now'>
  readonly #places = new Map<string, number>()
  #day = -1
  #today = 0

  constructor(options: FirstLogin, clock: Pick<Clock, 'now'>) {
    this.#options = options
    this.#clock = clock
  }

  async tryMake(name: string, password: string, remote: string): Promise<FirstLoginOutcome> {
    if (name.length < nameLettersMin || password.length < passwordLettersMin) return 'refused'
    const place = placeOf(remote)
    this.#turnDay()
    const here = this.#places.get(place) ?? 0
    const { perPlaceMax, perDayMax } = this.#options.limits
    if (here >= perPlaceMax || this.#today >= perDayMax || this.#places.size >= placesMax) return 'refused'
    // Counted before anything is waited for, and although it may be refused.
    this.#places.set(place, here + 1)
    this.#today += 1
    const outcome = await this.#options.make(name, password)
    if (outcome === 'known') this.#uncount(place)
    return outcome
  }

  /** Somebody's wrong password takes nobody's place. */
  #uncount(place: string): void {
    this.#places.set(place, Math.max(0, (this.#places.get(place) ?? 0) - 1))
    this.#today = Math.max(0, this.#today - 1)
  }

  /** Another date, whichever, is another day. */
  #turnDay(): void {
    const day = Math.floor(this.#clock.now() / dayMs)
    if (day === this.#day) return
    this.#day = day
    this.#today = 0
    this.#places.clear()
  }
}
