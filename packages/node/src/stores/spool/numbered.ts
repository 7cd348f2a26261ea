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
  readonly dayMax: number
}

export function numbered(before: Numbered | undefined, letter: LetterNumber): Numbered {
  const isNewest = before === undefined || letter.number > before.newest
  const newest = isNewest ? letter.number : before.newest
  const waiting = isNewest ? latest(letter.waiting, spoolLimits.waitingRangesMax) : before.waiting
  const came = union(before?.have ?? [], [[letter.number, letter.number]])
  // What its sender does not wait for any more is over, whether it came or not.
  const counts = intersection(came, union(waiting, [[newest, newest]]))
  const have = latest(counts, spoolLimits.cameRangesMax)
  // What came before these is forgotten, and then nothing may be said of what did not come.
  const since = have.length < counts.length ? (have[0]?.[0] ?? newest) : 0
  const dayMax = Math.max(before?.dayMax ?? 0, letter.day)
  return { newest, waiting: intersection(waiting, [[since, newest]]), have, dayMax }
}

export function onTheirWay({ waiting, have }: Numbered): number {
  return countIn(waiting) - countIn(intersection(waiting, have))
}
