import { clockDay, memoryDays } from './calendar.ts'

/** The calendar of the twins in memory; see `calendar.ts`. */
export class MemoryCalendar {
  today = 0
  #clockDay = 0

  /** Tells what the clock says; answers the first day that is still remembered. */
  turn(now: number): number {
    if (clockDay(now) !== this.#clockDay) this.today += 1
    this.#clockDay = clockDay(now)
    return this.today - memoryDays
  }
}
