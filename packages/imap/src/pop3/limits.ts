/** Every limit of the POP3 server, each named with its unit. A client that breaks one is told and sent away. */
export interface Pop3Limits {
  /** One line from the client. RFC 2449 section 4 wants 255 for commands, RFC 5034 section 4 more for SASL. */
  readonly lineBytesMax: number
  /** Received bytes that wait while a command runs; `receive` resolves late beyond it. */
  readonly inputBytesMax: number
  /** Bytes that wait for the reader of `output`; commands pause beyond it. */
  readonly outputBytesMax: number
  readonly badCommandsInRowMax: number
  readonly commandsBeforeLoginPerMinuteMax: number
  readonly loginFailuresMax: number
  /** From connection to login. */
  readonly loginMsMax: number
  /** Without a byte from the client. RFC 1939 section 3: at least 10 minutes. */
  readonly idleMsMax: number
  /** To send one command. */
  readonly commandMsMax: number
  /** A client that does not read what it asked for. */
  readonly outputStallMsMax: number
  /** A single wake() moves the deadlines by no more than this, so a clock that is set does not end connections. */
  readonly wakeStepMsMax: number
}

const KIB = 1024
const MINUTE_MS = 60_000

export const defaultPop3Limits: Pop3Limits = {
  lineBytesMax: 8 * KIB,
  inputBytesMax: 64 * KIB,
  outputBytesMax: 256 * KIB,
  badCommandsInRowMax: 20,
  commandsBeforeLoginPerMinuteMax: 60,
  loginFailuresMax: 5,
  loginMsMax: MINUTE_MS,
  idleMsMax: 10 * MINUTE_MS,
  commandMsMax: 5 * MINUTE_MS,
  outputStallMsMax: 5 * MINUTE_MS,
  wakeStepMsMax: 5 * MINUTE_MS,
}

/**
 * The limits with some of them set otherwise.
 *
 * @throws RangeError naming the limit that is not a positive whole number, or that is unknown.
 */
export function pop3LimitsWith(some: Partial<Pop3Limits>): Pop3Limits {
  for (const [name, value] of Object.entries(some)) {
    if (!Object.hasOwn(defaultPop3Limits, name)) throw new RangeError(`unknown POP3 limit: ${name}`)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`POP3 limit ${name} must be a positive whole number`)
    }
  }
  return { ...defaultPop3Limits, ...some }
}
