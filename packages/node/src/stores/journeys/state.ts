/** What may be said of a journey, from its stations. */

import type { JourneyState, Station, StationKind } from './journeys.ts'
import { journeyLimits } from './limits.ts'

const progress: readonly StationKind[] = ['accepted', 'sealed', 'copied', 'handed', 'passed', 'arrived']
const there: readonly StationKind[] = ['outside', 'forwarded', 'delivered', 'fetched', 'read']
const ends: readonly StationKind[] = ['failed', 'returned', 'expired', 'recalled']

/**
 * Proof that it was delivered outweighs what was said before or after; of how it ended otherwise the latest word
 * counts, until the letter is sealed anew.
 */
export function stateOf(stations: readonly Pick<Station, 'kind'>[]): JourneyState {
  let reached: StationKind = 'accepted'
  let end: StationKind | undefined
  for (const { kind } of stations) {
    if (ends.includes(kind)) end = kind
    else if (kind === 'sealed') end = undefined
    if (rankOf(kind) > rankOf(reached)) reached = kind
  }
  return (there.includes(reached) ? reached : (end ?? reached)) as JourneyState
}

function rankOf(kind: StationKind): number {
  return [...progress, ...there].indexOf(kind)
}

/** From which day on a journey counts as ended, after a station; null: it has not ended. */
export function endedDay(
  kind: StationKind,
  { day, before, isThere }: { day: number; before: number | null; isThere: () => boolean },
): number | null {
  if (there.includes(kind) || ends.includes(kind)) return day
  if (kind === 'handed' || kind === 'arrived') return before ?? day + journeyLimits.silentDays
  if ((kind === 'sealed' || kind === 'resent') && before !== null) return isThere() ? before : null
  return before
}

export function isThere(stations: readonly Pick<Station, 'kind'>[]): boolean {
  return stations.some(({ kind }) => there.includes(kind))
}
