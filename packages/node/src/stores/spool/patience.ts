/** How long a letter may be silent on a road before another one is tried. Reckoned like TCP's timeouts (RFC 6298). */

/** All of it time in which this node ran. */
export interface PatiencePolicy {
  /** No node has taken it over yet. */
  readonly unsentMs: number
  /** Handed over on a road that has never brought a receipt: straight to its node; through relays, or on a medium. */
  readonly firstMs: number
  readonly firstFarMs: number
  /** Never shorter than this, nor when a medium was used. */
  readonly minMs: number
  readonly mediumMinMs: number
  readonly maxMs: number
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 24 * 3_600_000] as const

export const patiencePolicy: PatiencePolicy = {
  ...{ unsentMs: dayMs, firstMs: hourMs, firstFarMs: dayMs },
  ...{ minMs: 10 * minuteMs, mediumMinMs: dayMs, maxMs: 7 * dayMs },
}

export interface RoadTimes {
  readonly smoothedMs: number
  readonly deviationMs: number
}

/** After one more receipt took `tookMs`. */
export function withSample(times: RoadTimes | undefined, tookMs: number): RoadTimes {
  if (times === undefined) return { smoothedMs: tookMs, deviationMs: Math.round(tookMs / 2) }
  const { smoothedMs, deviationMs } = times
  return {
    smoothedMs: Math.round(smoothedMs + (tookMs - smoothedMs) / 8),
    deviationMs: Math.round(deviationMs + (Math.abs(tookMs - smoothedMs) - deviationMs) / 4),
  }
}

export function patienceMs(
  policy: PatiencePolicy,
  letter: { times: RoadTimes | undefined; tries: number; onMedium: boolean; isFar: boolean },
): number {
  const { times, tries, onMedium, isFar } = letter
  const first = onMedium || isFar ? policy.firstFarMs : policy.firstMs
  const usual = times === undefined ? first : times.smoothedMs + 4 * times.deviationMs
  const least = Math.max(usual, onMedium ? policy.mediumMinMs : policy.minMs)
  return Math.min(least * 2 ** Math.min(tries, 30), policy.maxMs)
}
