/** What the web server bears, in one place. What one call may carry stands in `apiLimits` of the API. */
export const webLimits = {
  /** Open TCP connections: from one place (see `placeOf`), and in all. This machine itself has the second only. */
  connectionsPerPlaceMax: 128,
  connectionsMax: 2000,
  /** Until the first byte, and until all of the header is here. */
  firstByteMsMax: 20_000,
  headerMsMax: 20_000,
  /** Nothing moved for so long: it ends. A WebSocket is asked by pings. */
  idleMsMax: 120_000,
  headerBytesMax: 16 * 1024,
  /** A body of a call, from its first byte to its last. */
  bodyMsMax: 60_000,
  /** The rest of a request that was refused already. */
  refusedMsMax: 10_000,
  socketsPerUserMax: 32,
  socketsMax: 1000,
  pingEveryMs: 30_000,
  /** Frames of one WebSocket: so many at once, and so many in a second from then on. */
  framesBurst: 1000,
  framesPerSecond: 200,
  /** Calls of one person that wait for their answers, over all of their connections; and of those not signed in. */
  callsOfUserMax: 256,
  /** What is written to somebody who does not read: from the first no more calls are read, at the second it ends. */
  unreadBytesPause: 1024 * 1024,
  unreadBytesMax: 8 * 1024 * 1024,
  /** News of one call, in a second. */
  progressPerSecond: 10,
  fileKeyLettersMax: 1024,
  /** Of what Outlook posts to ask for settings. */
  autodiscoverBytesMax: 16 * 1024,
  uploadNameLettersMax: 255,
  uploadsOfUserMax: 20,
  /** Beside what `[web] upload_bytes_max` allows one: all of one person together, as a multiple of it. */
  uploadsOfUserTimes: 2,
  /** What nobody used by then goes. */
  uploadAgeMsMax: 24 * 3_600_000,
  /** Of what a browser says of itself. */
  userAgentLettersMax: 512,
} as const

export type WebLimits = { readonly [K in keyof typeof webLimits]: number }
