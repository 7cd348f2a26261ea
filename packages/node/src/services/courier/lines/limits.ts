import { assert } from '../../../base/assert.ts'

/** Bounds of live lines, each with its unit. */
export interface LineLimits {
  /** Lines that others opened, in all and from one origin; with more, the oldest that has proven nothing goes. */
  readonly callersMax: number
  readonly callersPerOriginMax: number
  /** Lines with one neighbour that it opened; with one more the oldest, which is probably dead, ends. */
  readonly linesPerNeighbourMax: number
  /** Offers of a neighbour that are remembered; beyond it the line ends. */
  readonly offersMax: number
  /** Packets of ours that are offered and not yet taken over; the others follow as these are done. */
  readonly offeredMax: number
  /** What is sent unasked, to neighbours that take that, and not yet taken over; beyond it packets are offered. */
  readonly pushedBytesMax: number
  /** Packets that are requested at once. One that is more urgent than all of them is requested in addition. */
  readonly requestsMax: number
  /** Packets that are being put into the inbox, or taken from the outbox, at once. */
  readonly tasksMax: number
  /** Chunks of ours that wait for the wire. */
  readonly unsentBytesMax: number
  /** Answers of ours that wait for the wire, before no more is read. */
  readonly unsentAnswersBytesMax: number
  /** How long a line that ends waits for the wire to take what was said. */
  readonly flushMsMax: number
  /** Packets that a neighbour offered and we do not want, remembered until the node ends. */
  readonly refusedMax: number
  /** How long a caller may take to begin. */
  readonly firstBytesMsMax: number
  /** How long a call stays when nothing is to be said. NNCP's default deadline. */
  readonly onlineDeadlineMs: number
  /** When packets that found no room, or come over another line, are considered again. */
  readonly lookAgainMs: number
  /** First pause before a neighbour is called again; doubles, up to the most. */
  readonly redialDelayMsMin: number
  readonly redialDelayMsMax: number
  /** When a neighbour that nobody scheduled, and that likes no open line, is asked for what it has; jittered. */
  readonly pollMs: number
  /** Nodes that are no neighbours, and addresses of one node, that are remembered of the local network. */
  readonly nearbyStrangersMax: number
  readonly nearbyAddressesMax: number
  /** How long an address of the local network may take to answer before the next one is tried. */
  readonly nearbyPatienceMs: number
  /** When two nodes have found each other: how long the one with the greater id lets the other one call first. */
  readonly courtesyMs: number
}

const lineLimits: LineLimits = {
  callersMax: 256,
  callersPerOriginMax: 32,
  linesPerNeighbourMax: 4,
  offersMax: 20_000,
  offeredMax: 2000,
  pushedBytesMax: 1024 ** 2,
  requestsMax: 256,
  tasksMax: 256,
  unsentBytesMax: 512 * 1024,
  unsentAnswersBytesMax: 4 * 1024 ** 2,
  flushMsMax: 1000,
  refusedMax: 10_000,
  firstBytesMsMax: 20_000,
  onlineDeadlineMs: 10_000,
  lookAgainMs: 5000,
  redialDelayMsMin: 1000,
  redialDelayMsMax: 60_000,
  pollMs: 3_600_000,
  nearbyStrangersMax: 64,
  nearbyAddressesMax: 8,
  nearbyPatienceMs: 3000,
  courtesyMs: 700,
}

/** The defaults with some of them replaced; a value that is no positive whole number is a fault of the caller. */
export function lineLimitsWith(changes: Partial<LineLimits>): LineLimits {
  const limits = { ...lineLimits, ...changes }
  for (const [name, value] of Object.entries(limits)) {
    assert(Number.isSafeInteger(value) && value > 0, `the line limit ${name} is no positive whole number`)
  }
  return limits
}
