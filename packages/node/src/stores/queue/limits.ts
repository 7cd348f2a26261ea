/** The bounds of the queue. */
export const queueLimits = {
  /** Letters up to this size live in the database: one fsync for many. Larger ones are files. */
  inlineBytesMax: 32 * 1024,
  /** RFC 5321 §4.5.3.1.8: every server takes as many in one transaction. */
  recipientsMax: 100,
  /** What waits longer than this for another try waits because the clock was wrong. */
  retryDelayMsMax: 24 * 60 * 60 * 1000,
  /** Hand-overs that become due again in one call of `due`. */
  promotedAtOnceMax: 1000,
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
  reasonLettersMax: 2048,
} as const
