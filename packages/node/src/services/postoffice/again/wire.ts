/**
 * What nodes say to each other about packets that the disk of one has damaged: XDR (RFC 4506), in control packets.
 *
 * `again`: a list of packets, each by its id (32 bytes), that the writer has lost. `gone`: the same list of those that
 * the asked node has no more. Read as hostile: see the limits.
 */
import { bytesOfId, FormatError, type PacketId, packetIdFromBytes, XdrReader, XdrWriter } from '@posthorn/nncp'
import { postofficeLimits } from '../limits.ts'

const idBytes = 32

export function packetList(ids: readonly PacketId[]): Uint8Array {
  const writer = new XdrWriter().u32(ids.length)
  for (const id of ids) writer.fixedOpaque(bytesOfId(id))
  return writer.bytes()
}

/** @throws FormatError. Each once. */
export function readPacketList(bytes: Uint8Array): readonly PacketId[] {
  const reader = new XdrReader(bytes)
  const count = reader.u32()
  const { askedAtOnceMax } = postofficeLimits
  if (count > askedAtOnceMax) throw new FormatError('bad-xdr', `more than ${askedAtOnceMax} packets in one message`)
  const ids = Array.from({ length: count }, () => packetIdFromBytes(reader.fixedOpaque(idBytes)))
  reader.end()
  return [...new Set(ids)]
}
