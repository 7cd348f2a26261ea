/** Limits of the IMAP sockets. Those of the protocol itself are in `@posthorn/imap`. */
export interface ImapSocketLimits {
  /** Each waits in IDLE for hours, and costs little. */
  readonly connectionsMax: number
  readonly connectionsPerPlaceMax: number
  /** A person's devices, each with its few connections. */
  readonly connectionsPerUserMax: number
  readonly handshakeMsMax: number
  /** The connections' own deadlines are looked at so often. */
  readonly wakeMs: number
  /** A connection that is silent so long is asked by TCP whether it still is there. */
  readonly keepAliveMs: number
  /** How long `stop` waits for clients to take their goodbye. */
  readonly stopMsMax: number
}

export const imapSocketLimits: ImapSocketLimits = {
  connectionsMax: 1000,
  connectionsPerPlaceMax: 100,
  connectionsPerUserMax: 30,
  handshakeMsMax: 60_000,
  wakeMs: 5000,
  keepAliveMs: 2 * 60_000,
  stopMsMax: 5000,
}
