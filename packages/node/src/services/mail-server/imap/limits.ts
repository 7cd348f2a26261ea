/** Limits of the IMAP sockets. Those of the protocol itself are in `@posthorn/imap`. */
import type { InflateLimits } from '../compression.ts'
import type { SocketLimits } from '../machines.ts'

export type ImapSocketLimits = SocketLimits & InflateLimits

export const imapSocketLimits: ImapSocketLimits = {
  /** Each waits in IDLE for hours, and costs little. */
  connectionsMax: 1000,
  connectionsPerPlaceMax: 100,
  /** A person's devices, each with its few connections. */
  connectionsPerUserMax: 30,
  handshakeMsMax: 60_000,
  inflatedFreeBytes: 32 * 1024 * 1024,
  inflatedRatioMax: 100,
  wakeMs: 5000,
  keepAliveMs: 2 * 60_000,
  stopMsMax: 5000,
}
