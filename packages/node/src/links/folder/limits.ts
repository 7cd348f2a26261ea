import { assert } from '../../base/assert.ts'

/** Bounds of the folder transport, each with its unit. */
export interface FolderLimits {
  /** Directory entries that one `collect` or `placed` looks at; the next one goes on from there. */
  readonly entriesPerSyncMax: number
  /** Larger files are found but not read: `too-large`. */
  readonly packetBytesMax: number
  /** What a drop leaves free on the medium, for its file system and for other people. */
  readonly freeBytesMargin: number
  /** How often a bad file of one name is set aside (`.bad`, `.bad.1` …); then it stays where it is. */
  readonly badCopiesMax: number
  /** Directories of one medium whose changes are listened to; changes elsewhere are found by the rescan. */
  readonly watchedDirectoriesMax: number
  /** Changes that come closer together are one. */
  readonly debounceMs: number
  /** How often a watch looks whether the medium is there. */
  readonly pollMs: number
  /** How often a watch yields although nothing was heard: network file systems and full watch tables say nothing. */
  readonly rescanMs: number
}

const folderLimits: FolderLimits = {
  entriesPerSyncMax: 100_000,
  packetBytesMax: 64 * 1024 ** 3,
  freeBytesMargin: 1024 ** 2,
  badCopiesMax: 100,
  watchedDirectoriesMax: 1000,
  debounceMs: 100,
  pollMs: 2000,
  rescanMs: 60_000,
}

/** The defaults with some of them replaced; a value that is no whole number is a fault of the caller. */
export function folderLimitsWith(changes: Partial<FolderLimits>): FolderLimits {
  const limits = { ...folderLimits, ...changes }
  for (const [name, value] of Object.entries(limits)) {
    assert(Number.isSafeInteger(value) && value >= 0, `the folder limit ${name} is no whole number`)
  }
  assert(limits.entriesPerSyncMax >= 2, 'with entriesPerSyncMax below 2 a sync never gets beyond a directory')
  return limits
}
