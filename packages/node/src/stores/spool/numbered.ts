/** What the numbers of a sender's letters tell: which came, and which are still on their way. */
import type { LetterNumber } from './keeping.ts'
import { spoolLimits } from './limits.ts'
import { countIn, intersection, latest, type Ranges, union } from './ranges.ts'

/** Of one sender and series. */
export interface Numbered {
  readonly newest: number
  /** Earlier ones for which its sender had no receipt when it numbered the newest. */
  readonly waiting: Ranges
  /** Those of `waiting`, and those from the newest on, that came. */
  readonly have: Ranges
  /** The latest day of the sender's own calendar that a letter named, and the day of ours on which we heard of it. */
  readonly dayMax: number
  readonly dayMaxHeard: number
}

export function numbered(before: Numbered | undefined, letter: LetterNumber, today: number): Numbered {
  const isNewest = before === undefined || letter.number > before.newest
  const newest = isNewest ? letter.number : before.newest
  const waiting = isNewest ? latest(letter.waiting, spoolLimits.waitingRangesMax) : before.waiting
  const came = union(before?.have ?? [], [[letter.number, letter.number]])
  // What its sender does not wait for any more is over, whether it came or not.
  const counts = intersection(came, union(waiting, [[newest, newest]]))
  const have = latest(counts, spoolLimits.cameRangesMax)
  // What came before these is forgotten, and then nothing may be said of what did not come.
  const since = have.length < counts.length ? (have[0]?.[0] ?? newest) : 0
  const isLatest = before === undefined || letter.day > before.dayMax
  const days = isLatest ? { dayMax: letter.day, dayMaxHeard: today } : before
  const { dayMax, dayMaxHeard } = days
  return { newest, waiting: intersection(waiting, [[since, newest]]), have, dayMax, dayMaxHeard }
}

/**
 * Whole days that have surely passed since its sender numbered a letter: first on the sender's calendar, up to the
 * latest day heard of, then on ours. The first and the last day of each may have been short, and do not count.
 */
export function ageDaysMin(before: Numbered | undefined, { day }: Pick<LetterNumber, 'day'>, today: number): number {
  if (before === undefined || day > before.dayMax) return 0
  const { dayMax, dayMaxHeard } = before
  return Math.max(0, dayMax - day - 1) + Math.max(0, today - dayMaxHeard - 1)
}

export function onTheirWay({ waiting, have }: Numbered): number {
  return countIn(waiting) - countIn(intersection(waiting, have))
}
