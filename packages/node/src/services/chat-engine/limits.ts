/** What the engine may cost, in one place. */
export const engineLimits = {
  /** Of one line that it writes: a message with its text, a vCard, a batch of events. */
  lineBytesMax: 8 * 1024 * 1024,
  /** Of what it says on standard error, for the log. */
  errorBytesMax: 64 * 1024,
  callsWaitingMax: 256,
  callTimeoutMs: 60_000,
  /** Between being asked to end and being killed. */
  graceMs: 3000,
  /** After an end that nobody asked for; doubled each time, until it has run well for a while. */
  pauseMsMin: 1000,
  pauseMsMax: 300_000,
  ranWellMs: 60_000,
} as const
