/** What the twin in memory knows of letters that their senders want to hear of. */
import type { Clock } from '../../base/clock.ts'
import type { JourneyNotes } from '../journeys/journeys.ts'
import { type FetchedLetter, type FetchedLetters, noteDeliveredHere, noteFetchedHere, type Traced } from './fetched.ts'

export class MemoryFetched implements FetchedLetters {
  readonly #clock: Clock
  readonly #journeys: JourneyNotes | undefined
  readonly #unfetched = new Map<Uint8Array, Traced>()
  readonly #fetched = new Map<Traced, number>()
  #noted: FetchedLetter[] = []
  #lastNumber = 0
  #listener = () => {}

  constructor(clock: Clock, journeys: JourneyNotes | undefined) {
    this.#clock = clock
    this.#journeys = journeys
  }

  delivered(bytes: Uint8Array, traced: Traced, at: number): void {
    if (this.#journeys !== undefined) noteDeliveredHere(this.#journeys, traced, at)
    this.#unfetched.set(bytes, traced)
  }

  fetched(bytes: Uint8Array): void {
    const traced = this.#unfetched.get(bytes)
    if (traced === undefined) return
    this.#unfetched.delete(bytes)
    this.#fetched.set(traced, this.#clock.now())
    if (this.#fetched.size === 1) this.#listener()
  }

  onFetched(listener: () => void): void {
    this.#listener = listener
  }

  async note(): Promise<number> {
    const fetched = [...this.#fetched]
    this.#fetched.clear()
    let elsewhere = 0
    for (const [traced, at] of fetched) {
      if (this.#journeys !== undefined) noteFetchedHere(this.#journeys, traced, at)
      if (traced.kind !== 'node') continue
      const { letter, node, place } = traced
      this.#lastNumber += 1
      this.#noted.push({ number: this.#lastNumber, letter, node, place, at: Math.floor(at) })
      elsewhere += 1
    }
    return elsewhere
  }

  async page(limit: number): Promise<readonly FetchedLetter[]> {
    return this.#noted.slice(0, limit)
  }

  async forget(numbers: readonly number[]): Promise<void> {
    this.#noted = this.#noted.filter(({ number }) => !numbers.includes(number))
  }
}
