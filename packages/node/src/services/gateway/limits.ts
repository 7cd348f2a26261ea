/** Every limit of the gateways, each with its unit. */
export const gatewayLimits = {
  /** First pause before a letter is tried again; doubles each time, longer or shorter by up to a quarter. */
  retryDelayMsMin: 60_000,
  retryDelayMsMax: 3_600_000,
  /** The same for a gateway that does not answer: meanwhile nothing is tried there. */
  pauseMsMin: 1000,
  pauseMsMax: 300_000,
  /** Between two looks for letters that have waited too long. */
  ageingPauseMs: 3_600_000,
  /** Letters that are told of in one go. */
  agedAtOnceMax: 100,
  /** How long `stop` waits for letters that are just being handed over. */
  stopMsMax: 5000,
  /** Of what a program says about its failure. */
  reasonLettersMax: 400,
} as const

/** RFC 5321 §4.5.3.2 for the times, §4.5.3.1.5 for lines: servers send longer ones. */
export const smtpClientLimits = {
  connectMsMax: 60_000,
  greetingMsMax: 300_000,
  handshakeMsMax: 60_000,
  commandMsMax: 300_000,
  /** For each piece of the letter, of at most 128 KiB. */
  dataMsMax: 180_000,
  /** From the last dot to the answer. */
  takenMsMax: 600_000,
  replyLineBytesMax: 4096,
  replyLinesMax: 256,
  /** Answers that may wait to be read: more come from nobody who follows the protocol. */
  repliesAheadMax: 256,
} as const
