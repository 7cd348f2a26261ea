/** The bounds of the spool. */
export const spoolLimits = {
  /** Bodies up to this size live in the database: one fsync for many. Larger ones are files. */
  inlineBytesMax: 32 * 1024,
  /** Chunks read from a body. */
  chunkBytesMax: 128 * 1024,
  /** What waits longer than this for another try waits because the clock was wrong. */
  retryDelayMsMax: 24 * 60 * 60 * 1000,
  /** Packets that become due again in one call of `due`. */
  promotedAtOnceMax: 1000,
  /** Memories dropped in one transaction, and transactions in one call of `prune`. */
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
  /** Cut packets that are kept for the next call, and their bytes; beyond it the oldest go. */
  partialCountMax: 256,
  partialBytesMax: 32 * 1024 ** 3,
  /** Notes about things on media; a stick may hold a million of them. */
  noteCountMax: 10_000,
  /** What is remembered of one sender, each for one recipient of one packet. */
  tombstonesPerSenderMax: 20_000,
  /** Of earlier letters that wait for their receipts, told with each letter; and the numbers these are made of. */
  waitingRangesMax: 32,
  waitingNumbersMax: 1000,
  /** Of letters that came, remembered of one sender and series; and series remembered of one sender. */
  cameRangesMax: 256,
  seriesMax: 4,
  /** Receipts in a packet that waits are said anew with others when they are not more. */
  receiptsMovedMax: 250,
  /** Bodies in custody that are let go of in one transaction. */
  bodiesLetGoAtOnceMax: 100,
  /** Names come from media and may be anything. */
  nameLettersMax: 1024,
  sourceLettersMax: 4096,
  reasonLettersMax: 2048,
  /** Letters of others that passed, and that nobody was told of yet. */
  passedMax: 5000,
} as const
