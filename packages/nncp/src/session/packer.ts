/** Lays packets into payloads of at most 65,280 bytes, in their order. */
import { payloadBytesMax } from './limits.ts'
import { haltBytes } from './packets.ts'

/** As few payloads as hold all `packets` without cutting one; none for none. */
export function packed(packets: Iterable<Uint8Array>): Uint8Array[] {
  const payloads: Uint8Array[] = []
  let parts: Uint8Array[] = []
  let sizeBytes = 0
  for (const packet of packets) {
    if (sizeBytes + packet.length > payloadBytesMax) {
      payloads.push(joinedParts(parts, sizeBytes))
      parts = []
      sizeBytes = 0
    }
    parts.push(packet)
    sizeBytes += packet.length
  }
  if (parts.length > 0) payloads.push(joinedParts(parts, sizeBytes))
  return payloads
}

/** The payload of a handshake message: filled with HALTs, so that nobody sees how much there is to send. */
export function padded(payload: Uint8Array): Uint8Array {
  const whole = new Uint8Array(payloadBytesMax)
  whole.set(payload)
  for (let at = payload.length; at < payloadBytesMax; at += haltBytes.length) whole.set(haltBytes, at)
  return whole
}

function joinedParts(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const whole = new Uint8Array(sizeBytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
