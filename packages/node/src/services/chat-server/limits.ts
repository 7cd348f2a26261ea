/** What web users may cost, in one place. */
export const chatServerLimits = {
  /** Calls of the engine at once: for one person, and for all. */
  callsPerUserMax: 6,
  callsMax: 48,
  /** That wait for their turn, for one person. */
  waitingPerUserMax: 512,
  /** After so long a caller is told to come back; the engine may still do it. */
  callTimeoutMs: 60_000,
  /** Messages asked of the engine in one call: its answers are read whole. */
  messagesAtOnce: 32,
  /** What happens to one person is gathered so long before it is told: after a quiet time, and when much happens. */
  tellSoonMs: 15,
  tellMs: 250,
  /** News of one kind in one go; of more it is said that there are many. */
  newsMax: 50,
  /** After an engine could not be begun for them. */
  retryMs: 5000,
  /** So long a second device may scan the code, and so long it may take what it gets. */
  deviceWaitsMs: 5 * 60_000,
  deviceTakesMs: 60 * 60_000,
  /** Of those who are told to be here. */
  hereMax: 500,
  /** For each person. */
  meetsPerHourMax: 120,
  /** Until the engine shows the code. */
  deviceCodeMs: 30_000,
  /** Of app passwords for second devices. */
  devicesMax: 20,
  /** Bytes that are read to see what a file is. */
  sniffBytes: 512,
  /** Of messages that were sent with a key, the last ones are known again. */
  keysKept: 100,
  /** Of a vCard that came as a file. */
  cardBytesMax: 256 * 1024,
  htmlLettersMax: 4 * 1024 * 1024,
  /** Of a name in a path or an export. */
  fileNameLettersMax: 120,
} as const
