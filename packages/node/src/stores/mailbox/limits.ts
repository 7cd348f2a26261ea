/** The bounds of the mailbox store. */
export const mailboxLimits = {
  /** Of a directory name, as file systems have it. */
  folderNameBytesMax: 255,
  folderCountMax: 1000,
  /** Keywords on one message, and the letters of one. What goes beyond is not kept. */
  keywordCountMax: 64,
  keywordLettersMax: 100,
  /** UIDs that the file beside the Maildir is ahead of what was given out: one durable write for so many letters. */
  uidsReservedAhead: 100,
  /**
   * How far a mailbox leaps that was brought back from a backup: more letters, changes and folders than there can be
   * between two backups, and little of what there are numbers for (2^32 and 2^53).
   */
  leapUids: 1_000_000,
  leapModseqs: 1_000_000_000,
  leapUidValidities: 1_000_000,
  /** All annotations of one person together: how many, and their names and values. */
  annotationsMax: 500,
  annotationsBytesMax: 512 * 1024,
  /** The same for modification sequences, and how many of them one change may use. */
  modseqsReservedAhead: 10_000,
  modseqsPerChangeMax: 2000,
  /** Of a letter taken in from its file, to find its Message-ID. */
  headerBytesMax: 256 * 1024,
  returnPathLettersMax: 512,
  /** Of a letter that comes in, to see whether it is a chat message. */
  chatHeaderBytesMax: 64 * 1024,
  /** Chat messages that leave in one go. */
  expiredAtOnceMax: 500,
  /** Expunges remembered for each folder; a client that was away longer is told every gap in the UIDs. */
  expungesRememberedMax: 10_000,
  /** Rows that are read at once when a folder is compared. */
  comparedAtOnceMax: 5000,
  /** Rows written in one transaction when a Maildir is taken in. */
  adoptedAtOnceMax: 1000,
  /** Letters of other programs that are copied before their own files go. */
  foreignAtOnceMax: 100,
  /** Of an imported letter that is compared before it is written; a larger one is compared after it. */
  importedSmallBytesMax: 256 * 1024,
  /** An empty file may be one that somebody has just begun to write: it is left alone for as long. */
  emptyMsMin: 60_000,
  /** A folder of which something is missing may be on its way out: so long nothing is made again in it. */
  goingMsMax: 2000,
  /** Changes of other programs are looked at together, this long after the first. */
  watchDebounceMs: 50,
  /** How often directories in use are looked at that the system tells nothing of, and all the others for safety. */
  watchPauseMs: 15_000,
  /** Directories that the system is asked to tell of: its table is shared by all programs. */
  watchedDirectoriesMax: 2000,
  /** Messages whose flags are changed, or that are expunged, in one transaction. */
  changedAtOnceMax: 2000,
  /** Files that are removed side by side. */
  unlinkedAtOnceMax: 16,
  /** Letters of the text that is noted of a message for searches: of its header, and of its body. */
  notedLettersMax: 128 * 1024,
  /** Headers up to this size are kept for clients that list a folder. */
  notedHeaderBytesMax: 16 * 1024,
  /** Messages, and letters of text, noted in one transaction: nobody else can use the database meanwhile. */
  notedAtOnceMax: 24,
  notedAtOnceLettersMax: 48 * 1024,
  /** Messages that are gone, whose notes are cleared away in one transaction. */
  clearedAtOnceMax: 100,
  /** Texts compared, and summaries fetched, before others have their turn. */
  textsComparedAtOnceMax: 128,
  summariesAtOnceMax: 4096,
  /** Of a text that is looked for: so many runs of three characters narrow the search. */
  trigramsMax: 8,
  /** Deliveries forgotten in one transaction, and transactions in one call of `prune`. */
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
} as const
