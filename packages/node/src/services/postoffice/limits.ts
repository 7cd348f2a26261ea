import { priorityNiceness } from '@posthorn/nncp'

/** Bounds of the post office, each with its unit. */
export const postofficeLimits = {
  /** Receipts in one batch. */
  receiptsAtOnceMax: 1000,
  /** How long they are gathered: the first after a quiet time, and when there are many. */
  receiptsGatherMsMin: 200,
  receiptsGatherMsMax: 5000,
  /** The longest pause before receipts that could not be given are tried again. */
  receiptsRetryMsMax: 60_000,
  /** After chat, which a slow line carries first, and before what is bulk. */
  receiptsNiceness: 160,
  /** Letters in custody that are sent again in one round. */
  sentAgainAtOnceMax: 100,
  /** Letters for one node that stay in custody; more are forgotten when they were handed over, as without receipts. */
  custodyLettersMax: 100_000,
  /** What Posthorn nodes tell each other about letters, unpacked. */
  controlBytesMax: 256 * 1024,
  /** Packets that one message takes back, or tells of; and recipients of each: more have no room in a packet. */
  /** Packets that a node asks for again in one message. */
  askedAtOnceMax: 1000,
  droppedAtOnceMax: 100,
  droppedRecipientsMax: 128,
  /** Of what goes after a letter that has left: more urgent than mail. */
  recallNiceness: priorityNiceness,
  /** RFC 5321 §4.5.3.1.8 asks for at least 100; Delta Chat sends at most 50 in one transaction. */
  recipientsMax: 1000,
  /** Aliases behind one address, the people and addresses that they lead to, and forwards behind each other. */
  aliasesFollowedMax: 100,
  listedMax: 1000,
  forwardsFollowedMax: 20,
  /** What a letter that has travelled may take beyond a quota, where a tenth is less. */
  reserveBytesMin: 1024 ** 2,
  reserveMessagesMin: 10,
  /** Packets that are opened side by side. */
  tossesAtOnceMax: 64,
  /** How large these are together, unless the first alone is larger: small ones share a commit, large ones memory. */
  tossedBytesAtOnceMax: 1024 ** 2,
  /** A request says what the file shall be called; no name in a packet is longer. */
  requestedNameBytesMax: 255,
  /** `Received:` lines of a letter; Postfix has the same bound. RFC 5321 §6.3. */
  hopsMax: 50,
  /** Letters whose lifetime is over that are dealt with in one round. */
  expiredAtOnceMax: 1000,
  /** Letters that wait, looked up in one go. */
  waitingAtOnceMax: 100,
  /** Letters that are given up in one go when their neighbour is removed. */
  givenUpAtOnceMax: 100,
  /** Bodies that are looked up in one go when the spool is read again; and read before the next pause. */
  checkedAtOnceMax: 1000,
  checkStepBytes: 1024 * 1024,
  /** How much is read between two notes of how far a round has come. */
  checkNotedBytes: 64 * 1024 * 1024,
  /** More damaged packets than this, and more than this share of all, are the disk's fault, or not its real content. */
  damagedCountMax: 10,
  damagedShareMax: 0.2,
  /** First pause before a packet that failed for a passing reason is tried again; doubles each time. */
  retryDelayMsMin: 1000,
  retryDelayMsMax: 3_600_000,
  /** The same for programs of handles: with 16 tries, the last comes after two days. */
  handleRetryMsMin: 60_000,
  handleRetryMsMax: 6 * 3_600_000,
  /** Programs that run side by side. */
  handlesAtOnceMax: 4,
  /** Files of packets that are larger have a lane of their own, so that no letter waits for them. */
  promptFileBytesMax: 8 * 1024 ** 2,
  /** Files, and requests for files, that are dealt with side by side; messages of areas go one by one. */
  filesAtOnceMax: 2,
  /** Of a program's output, in the log. */
  loggedOutputLettersMax: 1000,
  /**
   * Beside `messageBytesMax`, which is what bounds a bomb: zstd itself makes one byte of 30,000 equal ones, and an
   * honest letter (a log, a picture of one colour) may begin like that. More than this is none of zstd's making.
   */
  expansionRatioMax: 100_000,
} as const
