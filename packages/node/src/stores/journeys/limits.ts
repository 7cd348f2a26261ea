/** The bounds of the journeys. */
export const journeyLimits = {
  /** Of one kind at one letter or recipient: what others tell must not fill the disk. */
  stationsPerKindMax: 16,
  messageIdLettersMax: 998,
  addressLettersMax: 320,
  roadLettersMax: 256,
  evidenceLettersMax: 128,
  reasonLettersMax: 512,
  /** Looked through, the latest first, for those of one sender among those of one recipient. */
  lookedThroughMax: 1000,
  prunedAtOnceMax: 500,
  pruneRoundsMax: 20,
  /** After so many days without a word from those who have it, a letter counts as ended. */
  silentDays: 366,
} as const
