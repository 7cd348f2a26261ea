/** The bounds of reading archives of mail. */
export const archiveLimits = {
  /** A line that begins like one between two letters of an mbox, but is longer, is text. */
  separatorBytesMax: 1024,
  /** Of a letter's header, to find its flags. One that is longer has none. */
  headerBytesMax: 256 * 1024,
  /** Letters that go into a mailbox together, and their bytes; a larger one goes alone, as a stream. */
  batchLettersMax: 256,
  batchBytesMax: 4 * 1024 * 1024,
  smallBytesMax: 256 * 1024,
  /** What could not be taken is counted; so many are named. */
  skippedNamedMax: 100,
  /** Of the file in which Dovecot names keywords. */
  keywordsFileBytesMax: 64 * 1024,
  /** Letters in a file name that stand for keywords: a to z. */
  keywordLettersMax: 26,
  /** Files in a folder that are sorted by name; beyond, the folder is refused. */
  filesInFolderMax: 5_000_000,
} as const
