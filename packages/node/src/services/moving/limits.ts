/** Bounds of moving in and out. */
export const movingLimits = {
  /** Packets that are read, hashed and committed together: they share an fsync. Memory goes with their bytes. */
  atOnce: { countMax: 128, bytesMax: 16 * 1024 ** 2 },
  /** Memories and rows that are written or read at a time. */
  pageSize: 500,
  /** What stays free on the disk of the spool. */
  freeBytesMin: 64 * 1024 ** 2,
  /** Free space is looked at again after so many packets, and before each one of this size. */
  freeLookedAtEvery: 256,
  freeLookedAtBytes: 1024 ** 2,
  /** Bad files that a report names. */
  badReportedMax: 1000,
  nameLettersMax: 40,
  /** Two calls for progress are at least so many packets apart, or a big piece of one. */
  progressEveryPackets: 50,
  progressEveryBytes: 4 * 1024 ** 2,
} as const
