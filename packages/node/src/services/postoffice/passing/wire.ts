/**
 * What a relay says of letters that passed it, in XDR (RFC 4506): how many; of each its id and when it passed, in
 * milliseconds since 1970.
 */
import { bytesOfId, FormatError, type PacketId, packetIdFromBytes, XdrReader, XdrWriter } from '@posthorn/nncp'

/** In one packet. */
export const passedMax = 1000
const idBytes = 32

export interface Passed {
  readonly letter: PacketId
  /** By the clock of the relay. */
  readonly at: number
}

export function passedBytes(passed: readonly Passed[]): Uint8Array {
  const writer = new XdrWriter().u32(passed.length)
  for (const { letter, at } of passed) writer.fixedOpaque(bytesOfId(letter)).u64(at)
  return writer.bytes()
}

/** @throws FormatError */
export function parsePassed(bytes: Uint8Array): readonly Passed[] {
  const reader = new XdrReader(bytes)
  const count = reader.u32()
  if (count > passedMax) throw new FormatError('too-large', `more than ${passedMax} letters`)
  const passed = Array.from({ length: count }, () => {
    const letter = packetIdFromBytes(reader.fixedOpaque(idBytes))
    return { letter, at: reader.size() }
  })
  reader.end()
  return passed
}
