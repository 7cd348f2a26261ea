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
  /** Of a letter taken in from its file, to find its Message-ID. */
  headerBytesMax: 256 * 1024,
  returnPathLettersMax: 512,
  /** Expunges remembered for each folder; a client that was away longer is told every gap in the UIDs. */
  expungesRememberedMax: 10_000,
  /** Rows written in one transaction when a Maildir is taken in. */
  adoptedAtOnceMax: 1000,
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
  comparedAtOnceMax: 128,
  summariesAtOnceMax: 4096,
  /** Of a text that is looked for: so many runs of three characters narrow the search. */
  trigramsMax: 8,
  /** Deliveries forgotten in one transaction, and transactions in one call of `prune`. */
  prunedAtOnceMax: 1000,
  pruneRoundsMax: 20,
} as const
