/** Lays packets into payloads of at most 65,280 bytes, in their order. */
import { joined } from '../bytes.ts'
import { payloadBytesMax } from './limits.ts'
import { haltBytes } from './packets.ts'

/** Pieces from this size on stay as they are; smaller ones are copied together, which costs less than sealing each. */
const largeBytes = 4096

export interface Payload {
  /** One behind another. */
  readonly pieces: readonly Uint8Array[]
  readonly sizeBytes: number
}

/** As few payloads as hold all `packets`, given in pieces, without cutting one; none for none. */
export function packed(packets: Iterable<readonly Uint8Array[]>): Payload[] {
  const payloads: Payload[] = []
  let pieces: Uint8Array[] = []
  let sizeBytes = 0
  for (const packet of packets) {
    const packetBytes = packet.reduce((sum, piece) => sum + piece.length, 0)
    if (sizeBytes + packetBytes > payloadBytesMax) {
      payloads.push({ pieces: gathered(pieces), sizeBytes })
      pieces = []
      sizeBytes = 0
    }
    pieces.push(...packet)
    sizeBytes += packetBytes
  }
  if (pieces.length > 0) payloads.push({ pieces: gathered(pieces), sizeBytes })
  return payloads
}

/** The payload of a handshake message: filled with HALTs, so that nobody sees how much there is to send. */
export function padded(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(payloadBytesMax)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  for (; at < payloadBytesMax; at += haltBytes.length) whole.set(haltBytes, at)
  return whole
}

function gathered(pieces: readonly Uint8Array[]): Uint8Array[] {
  const all: Uint8Array[] = []
  let small: Uint8Array[] = []
  const joinSmall = () => {
    if (small.length > 0) all.push(joined(small))
    small = []
  }
  for (const piece of pieces) {
    if (piece.length < largeBytes) {
      small.push(piece)
      continue
    }
    joinSmall()
    all.push(piece)
  }
  joinSmall()
  return all
}
