import { checkedLimit, openLimits } from '../limits.ts'

/** What reading a bundle may cost. */
export interface BundleLimits {
  /** A member that announces more is taken for garbage, so that one false number does not swallow the rest. */
  readonly memberBytesMax: number
  /** Extended headers that are longer are taken for garbage; NNCP's have 192 bytes. They are held in memory. */
  readonly extendedHeaderBytesMax: number
}

const defaults: BundleLimits = {
  memberBytesMax: openLimits.packetBytesMax,
  extendedHeaderBytesMax: 64 * 1024,
}

/** The largest size that fits an octal field of a header; larger members have an extended header before them. */
export const plainSizeBytesMax = 0o77777777777

/** What is looked at in one go while a header is searched for. */
export const searchedAtOnceBytes = 64 * 1024

/** The defaults with `given` in their places. Throws RangeError for what is no positive whole number. */
export function bundleLimits(given: Partial<BundleLimits> = {}): BundleLimits {
  const limits = { ...defaults, ...given }
  for (const [name, value] of Object.entries(limits)) checkedLimit(name, value)
  return limits
}
