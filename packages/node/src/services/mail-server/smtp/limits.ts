/** Every limit of the submission server, in one place. */
export interface SmtpLimits {
  /** Of one letter, header and all. Announced as SIZE. */
  readonly messageBytesMax: number
  readonly headerBytesMax: number
  /** In one transaction. RFC 5321 §4.5.3.1.8 wants at least 100. */
  readonly recipientsMax: number
  /** One command with its line end. RFC 4954 §4 wants room for AUTH. */
  readonly commandBytesMax: number
  readonly connectionsMax: number
  readonly connectionsPerPlaceMax: number
  /** From the start of a TLS handshake to its end. */
  readonly handshakeMsMax: number
  /** Between two bytes from the client while we wait for it. RFC 5321 §4.5.3.2.7: five minutes. */
  readonly idleMsMax: number
  /** From the greeting to a right password. */
  readonly loginMsMax: number
  /** A letter may take this long, and one second more for each `dataBytesPerSecondMin` of it that came. */
  readonly dataMsMax: number
  readonly dataBytesPerSecondMin: number
  /** Wrong passwords on one connection. */
  readonly loginFailuresMax: number
  /** How long a client is sent away at login when its letter could not be stored; each time four times as long. */
  readonly storageHoldMs: number
  readonly storageHoldMsMax: number
  /** No trial writes more than this. */
  readonly storageTrialBytesMax: number
  /** A trial that failed answers for this long. */
  readonly storageTrialMs: number
  /** How long `stop` waits for letters whose last byte has come. */
  readonly stopMsMax: number
}

export const smtpLimits: SmtpLimits = {
  messageBytesMax: 64 * 1024 * 1024,
  headerBytesMax: 256 * 1024,
  recipientsMax: 1000,
  commandBytesMax: 4096,
  connectionsMax: 500,
  connectionsPerPlaceMax: 50,
  handshakeMsMax: 60_000,
  idleMsMax: 5 * 60_000,
  loginMsMax: 2 * 60_000,
  dataMsMax: 10 * 60_000,
  dataBytesPerSecondMin: 1024,
  loginFailuresMax: 5,
  storageHoldMs: 5000,
  storageHoldMsMax: 5 * 60_000,
  storageTrialBytesMax: 256 * 1024 * 1024,
  storageTrialMs: 10_000,
  stopMsMax: 10_000,
}
