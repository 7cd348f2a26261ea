/** What a backup may cost whoever reads it. */
export const backupLimits = {
  /**
   * Of a passphrase's key: 2^17 with r = 8 takes 128 MiB and, on a small machine, some seconds. What was made to cost
   * more than 2^20 (1 GiB) is not tried.
   */
  costLog: 17,
  costLogMax: 20,
  /** Of the lines before the sealed part. */
  headerBytesMax: 1024,
  /** Of the first file, which says what the backup is. */
  manifestBytesMax: 64 * 1024,
  pathBytesMax: 4096,
  pathDepthMax: 64,
  /** Files up to this size are read, and written, in one go. */
  smallBytesMax: 256 * 1024,
  /** How often the Maildirs are listed again for letters that were moved meanwhile. */
  passesMax: 20,
  /** Things that were left out are named up to this many. */
  namedMax: 20,
  /** Files that are flushed to the disk side by side. */
  syncedAtOnceMax: 16,
} as const
