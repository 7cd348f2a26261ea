/** Bounds of the TCP transport, each with its unit. */
export const tcpLimits = {
  /** How long a call may ring. */
  connectMsMax: 20_000,
  /** Through a proxy, which may have to build its way first: Tor takes up to a minute. */
  proxiedMsMax: 90_000,
  /** Open connections of one listener; more are closed at once. */
  connectionsMax: 1024,
  /** Connections that nobody has taken from the listener yet. */
  waitingMax: 64,
  /** How long `close` waits for the other end to take what was written. */
  closeMsMax: 2000,
  /** When the system asks whether a silent peer is still there. */
  keepAliveMs: 60_000,
} as const
