/** The bounds of files that come in. */
export const incomingLimits = {
  /** `name.0` to `name.9999`; a neighbour that sends more files of one name has them set aside. */
  copiesMax: 10_000,
  /** Chunks are on the disk and taken note of after so many bytes: what is done again after a crash. */
  appendedBytesMax: 64 * 1024 ** 2,
  /** Descriptions of chunked files that are kept in memory, so that they are not read anew for each chunk. */
  rememberedMetasMax: 8,
  /** What taking files leaves free on their disk. */
  freeBytesMin: 64 * 1024 ** 2,
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
} as const
