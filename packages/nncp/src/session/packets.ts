/** The packets of the synchronization protocol (NNCP manual, "Sync"). It gives no numbers: those are by experiment. */
import { FormatError } from '../errors.ts'
import { bytesOfId, type PacketId, packetIdFromBytes } from '../ids.ts'
import { isNiceness } from '../niceness.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'
import { payloadBytesMax } from './limits.ts'
import type { SessionOffer } from './types.ts'

const infoType = 0
const freqType = 1
const fileType = 2
const doneType = 3
const haltType = 4
const pingType = 5

const idBytes = 32
/** Type 4, id 32, offset 8, length 4. */
const fileHeadBytes = 48
/** What one FILE carries at most: 65,232 bytes. */
export const chunkBytesMax = payloadBytesMax - fileHeadBytes

export type SpPacket =
  | { readonly kind: 'info'; readonly offer: SessionOffer }
  | { readonly kind: 'freq'; readonly id: PacketId; readonly offsetBytes: number }
  | { readonly kind: 'file'; readonly id: PacketId; readonly offsetBytes: number; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly id: PacketId }
  /** One, or several in a row, which say no more than one. */
  | { readonly kind: 'halt' }
  | { readonly kind: 'ping' }

export const haltBytes = new XdrWriter().u32(haltType).bytes()

export function encodePacket(packet: SpPacket): Uint8Array {
  const writer = new XdrWriter()
  switch (packet.kind) {
    case 'info': {
      const { id, sizeBytes, niceness } = packet.offer
      if (!isNiceness(niceness)) throw new RangeError('niceness is not 1 to 255')
      return writer.u32(infoType).u32(niceness).u64(sizeBytes).fixedOpaque(bytesOfId(id)).bytes()
    }
    case 'freq':
      return writer.u32(freqType).fixedOpaque(bytesOfId(packet.id)).u64(packet.offsetBytes).bytes()
    case 'file': {
      writer.u32(fileType).fixedOpaque(bytesOfId(packet.id)).u64(packet.offsetBytes)
      return writer.variableOpaque(packet.bytes).bytes()
    }
    case 'done':
      return writer.u32(doneType).fixedOpaque(bytesOfId(packet.id)).bytes()
    case 'halt':
      return haltBytes.slice()
    case 'ping':
      return writer.u32(pingType).bytes()
  }
}

/**
 * The packets of one payload, one after another. Bytes of files are views into it. Throws FormatError `truncated`,
 * `bad-xdr`, `bad-type`, `bad-niceness` (above 255; NNCP can make packets of 0) or `bad-size` (2^53 and above) on
 * reaching the fault.
 */
export function* decodePackets(payload: Uint8Array): Generator<SpPacket> {
  const reader = new XdrReader(payload)
  let before: SpPacket | undefined
  while (!reader.atEnd) {
    const packet = decodePacket(reader)
    // A padded payload holds up to 16,320 of them.
    if (packet.kind !== 'halt' || before?.kind !== 'halt') yield packet
    before = packet
  }
}

const halt: SpPacket = { kind: 'halt' }

function decodePacket(reader: XdrReader): SpPacket {
  switch (reader.u32()) {
    case infoType: {
      const niceness = reader.u32()
      if (niceness !== 0 && !isNiceness(niceness)) throw new FormatError('bad-niceness', 'niceness is not 0 to 255')
      const sizeBytes = reader.size()
      return { kind: 'info', offer: { niceness, sizeBytes, id: decodeId(reader) } }
    }
    case freqType:
      return { kind: 'freq', id: decodeId(reader), offsetBytes: reader.size() }
    case fileType:
      return {
        kind: 'file',
        id: decodeId(reader),
        offsetBytes: reader.size(),
        bytes: reader.variableOpaque(chunkBytesMax),
      }
    case doneType:
      return { kind: 'done', id: decodeId(reader) }
    case haltType:
      return halt
    case pingType:
      return { kind: 'ping' }
    default:
      throw new FormatError('bad-type', 'no such packet in the session protocol')
  }
}

function decodeId(reader: XdrReader): PacketId {
  return packetIdFromBytes(reader.fixedOpaque(idBytes))
}
