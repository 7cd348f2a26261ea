import type { Database } from './database.ts'

/**
 * The stores' own count of days, by which memories grow old: it goes on by one when it is told of another date than the
 * last time, whatever that date is. A clock that jumps a year ahead thus ages everything by a day, not by a year, and
 * a node that was switched off forgets nothing the while.
 */

/** Memories are kept for this many days of the stores' calendar. */
export const memoryDays = 366
const dayMs = 24 * 60 * 60 * 1000

/** Inside a commit: today's number. */
export function today(database: Database): number {
  return database.get<{ day: number }>('SELECT day FROM calendar')?.day ?? 0
}

/** Tells the calendar what the clock says; answers today's number. */
export function turnCalendar(database: Database, now: number): Promise<number> {
  return database.commit(() => {
    database.run('UPDATE calendar SET day = day + 1, clock_day = ?1 WHERE clock_day <> ?1', clockDay(now))
    return today(database)
  })
}

/** The date of the clock as a number. */
export function clockDay(now: number): number {
  return Math.floor(now / dayMs)
}
