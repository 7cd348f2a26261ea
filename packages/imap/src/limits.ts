/**
 * Every limit of the IMAP server, each named with its unit. What breaks one is answered with NO or BAD where the stream
 * stays in step, and with BYE where it would not.
 */
export interface ImapLimits {
  /** One line of a command, without its literals. Longer: BYE, because what follows could be read as commands. */
  readonly lineBytesMax: number
  /** The same, and also for literals, before login. */
  readonly lineBeforeLoginBytesMax: number
  /** A literal that is not the message of APPEND. */
  readonly literalBytesMax: number
  /** All lines and literals of one command, without the message of APPEND. */
  readonly commandBytesMax: number
  /** The message of APPEND. */
  readonly appendBytesMax: number
  /** A refused literal that the client sends unasked (`{n+}`) is read and dropped up to here; beyond: BYE. */
  readonly skippedLiteralBytesMax: number
  /** Received bytes that wait while a command runs; `receive` resolves late beyond it. */
  readonly inputBytesMax: number
  /** Bytes that wait for the reader of `output`; commands pause beyond it. */
  readonly outputBytesMax: number

  readonly tagBytesMax: number
  readonly nestingMax: number
  readonly sequenceRangesMax: number
  readonly searchKeysMax: number
  /** Keys of a SEARCH times messages of the folder. */
  readonly searchStepsMax: number
  readonly fetchItemsMax: number
  /** Header names in one HEADER.FIELDS. */
  readonly headerNamesMax: number
  readonly flagsMax: number
  readonly flagBytesMax: number
  /** Mailbox names and LIST patterns, decoded to UTF-8. */
  readonly mailboxNameBytesMax: number
  /** Patterns of one LIST. */
  readonly listPatternsMax: number
  /** Entries named in one GETMETADATA or SETMETADATA. */
  readonly metadataEntriesMax: number
  readonly metadataValueBytesMax: number
  /** Messages of one APPEND. */
  readonly appendMessagesMax: number
  /** Event groups of one NOTIFY. */
  readonly notifyGroupsMax: number
  /** Folders of a person whose changes are told; with more NOTIFY is refused. */
  readonly notifyFoldersMax: number

  readonly badCommandsInRowMax: number
  readonly commandsBeforeLoginPerMinuteMax: number
  readonly loginFailuresMax: number
  /** From connection to login. */
  readonly loginMsMax: number
  /** Without a byte from the client, in IDLE too (RFC 9051 section 5.4: at least 30 minutes). */
  readonly idleMsMax: number
  /** To send one command, and the longest pause within a literal. */
  readonly commandMsMax: number
  /** A client that does not read what it asked for. */
  readonly outputStallMsMax: number
  /** A single wake() moves the deadlines by no more than this, so a clock that is set does not end connections. */
  readonly wakeStepMsMax: number

  /** Header that is looked into; more of it is delivered but not understood. */
  readonly headerBytesMax: number
  /** A message up to this size is read once, as a whole; a larger one streams. */
  readonly wholeMessageBytesMax: number
  /** Of a larger message, where only its header is asked for. */
  readonly headFirstBytesMax: number
  /** Of large messages, for each connection. */
  readonly structuresCachedMax: number
  /** Headers of all MIME parts of one message together. */
  readonly partHeadersBytesMax: number
  readonly mimeDepthMax: number
  readonly mimePartsMax: number
  /** Addresses shown of one header field in ENVELOPE. */
  readonly addressesMax: number
}

const KIB = 1024
const MIB = 1024 * KIB
const MINUTE_MS = 60_000

export const defaultLimits: ImapLimits = {
  lineBytesMax: 64 * KIB,
  lineBeforeLoginBytesMax: 8 * KIB,
  literalBytesMax: 64 * KIB,
  commandBytesMax: 256 * KIB,
  appendBytesMax: 64 * MIB,
  skippedLiteralBytesMax: 256 * MIB,
  inputBytesMax: 64 * KIB,
  outputBytesMax: 256 * KIB,
  tagBytesMax: 128,
  nestingMax: 20,
  sequenceRangesMax: 10_000,
  searchKeysMax: 1_000,
  searchStepsMax: 10_000_000,
  fetchItemsMax: 32,
  headerNamesMax: 200,
  flagsMax: 100,
  flagBytesMax: 255,
  mailboxNameBytesMax: 1_000,
  listPatternsMax: 50,
  metadataEntriesMax: 100,
  metadataValueBytesMax: 16 * KIB,
  appendMessagesMax: 100,
  notifyGroupsMax: 100,
  notifyFoldersMax: 1_000,
  badCommandsInRowMax: 20,
  commandsBeforeLoginPerMinuteMax: 60,
  loginFailuresMax: 5,
  loginMsMax: MINUTE_MS,
  idleMsMax: 30 * MINUTE_MS,
  commandMsMax: 5 * MINUTE_MS,
  outputStallMsMax: 5 * MINUTE_MS,
  wakeStepMsMax: 5 * MINUTE_MS,
  headerBytesMax: 256 * KIB,
  wholeMessageBytesMax: 64 * KIB,
  headFirstBytesMax: 8 * KIB,
  structuresCachedMax: 2,
  partHeadersBytesMax: MIB,
  mimeDepthMax: 32,
  mimePartsMax: 1_000,
  addressesMax: 1_000,
}

/**
 * The limits with some of them set otherwise.
 *
 * @throws RangeError naming the limit that is not a positive whole number, or that is unknown.
 */
export function limitsWith(some: Partial<ImapLimits>): ImapLimits {
  for (const [name, value] of Object.entries(some)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`unknown IMAP limit: ${name}`)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`IMAP limit ${name} must be a positive whole number`)
    }
  }
  return { ...defaultLimits, ...some }
}
