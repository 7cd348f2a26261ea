/** Limits of the POP3 sockets. Those of the protocol itself are in `@posthorn/imap/pop3`. */
import type { SocketLimits } from '../machines.ts'

export const pop3SocketLimits: SocketLimits = {
  connectionsMax: 500,
  connectionsPerPlaceMax: 50,
  /** Each holds a list of the letters in INBOX. */
  connectionsPerUserMax: 10,
  handshakeMsMax: 60_000,
  wakeMs: 5000,
  keepAliveMs: 2 * 60_000,
  stopMsMax: 5000,
}
