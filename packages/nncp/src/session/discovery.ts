/** MultiCast Discovery (NNCP manual, "MCD"): a node says on the local network that it listens. Anybody can say so. */
import { FormatError } from '../errors.ts'
import { bytesOfId, type NodeId, nodeIdFromBytes } from '../ids.ts'
import { bytesOfMagic, checkMagic, type Magic } from '../packet/magic.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'

const discoveryMagic: Magic = { letters: 'NNCPD', version: 1 }

/** The IPv6 multicast address and UDP port; the sender's own address and port are where it takes calls. */
export const discoveryGroup = 'ff02::4e4e:4350'
export const discoveryPort = 5400

/** The datagram of a node: 40 bytes. */
export function encodeAnnouncement(sender: NodeId): Uint8Array {
  return new XdrWriter().fixedOpaque(bytesOfMagic(discoveryMagic)).fixedOpaque(bytesOfId(sender)).bytes()
}

/** Whose datagram it claims to be; `undefined` when it is no announcement. */
export function decodeAnnouncement(datagram: Uint8Array): NodeId | undefined {
  try {
    const reader = new XdrReader(datagram)
    checkMagic(reader.fixedOpaque(8), discoveryMagic)
    const sender = nodeIdFromBytes(reader.fixedOpaque(32))
    reader.end()
    return sender
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
