import { checkedLimit } from '../limits.ts'
import { firstMessageOverheadBytes, transportOverheadBytes } from './noise.ts'

/** What one session may cost. All can be lowered or raised by the host, except the sizes that the protocol fixes. */
export interface SessionLimits {
  /** From the first call of the machine until both handshake messages are through. NNCP's default deadline. */
  readonly handshakeMsMax: number
  /** Without a byte received, the line is dead: two minutes in the manual. */
  readonly silenceMsMax: number
  /** Without a byte sent, a PING goes out: one minute in the manual. */
  readonly pingAfterMs: number
  /** Offers of each side that are neither finished nor withdrawn; some 200 bytes each. */
  readonly offersMax: number
}

const defaults: SessionLimits = {
  handshakeMsMax: 10_000,
  silenceMsMax: 120_000,
  pingAfterMs: 60_000,
  offersMax: 100_000,
}

/** All SP packets of one Noise message: 64 KiB - 256. Handshake messages are filled up to it. */
export const payloadBytesMax = 65_280
/** The largest Noise message in an envelope before and after the handshake. */
export const handshakeMessageBytesMax = payloadBytesMax + firstMessageOverheadBytes
export const transportMessageBytesMax = payloadBytesMax + transportOverheadBytes

/** The defaults with `given` in their places. Throws RangeError for what is no positive whole number. */
export function sessionLimits(given: Partial<SessionLimits> = {}): SessionLimits {
  const limits = { ...defaults, ...given }
  for (const [name, value] of Object.entries(limits)) checkedLimit(name, value)
  return limits
}
