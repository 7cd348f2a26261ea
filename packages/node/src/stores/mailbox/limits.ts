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
  /** All annotations of one person together: how many, and their names and values. */
  annotationsMax: 500,
  annotationsBytesMax: 512 * 1024,
  /** Of a letter taken in from its file, to find its Message-ID. */
  headerBytesMax: 256 * 1024,
  returnPathLettersMax: 512,
  /** Of a letter that comes in, to see whether it is a chat message. */
  chatHeaderBytesMax: 64 * 1024,
  /** Chat messages that leave in one go. */
  expiredAtOnceMax: 500,
  /** Expunges remembered for each folder; a client that was away longer is told every gap in the UIDs. */
  expungesRememberedMax: 10_000,
  /** Rows written in one transaction when a Maildir is taken in. */
  adoptedAtOnceMax: 1000,
  /** Deliveries forgotten in one transaction, and transactions in one call of `prune`. */
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
} as const
