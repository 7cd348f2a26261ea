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

const nothing = new Uint8Array(0)
const idBytes = 32
const infoBytes = 48
/** Type 4, id 32, offset 8, length 4. */
const fileHeadBytes = 48
/** What one FILE carries at most: 65,232 bytes. */
export const chunkBytesMax = payloadBytesMax - fileHeadBytes
/** What can be pushed: what fits into one message with its INFO. 65,184 bytes. */
export const pushBytesMax = chunkBytesMax - infoBytes

export type SpPacket =
  | { readonly kind: 'info'; readonly offer: SessionOffer }
  | { readonly kind: 'freq'; readonly id: PacketId; readonly offsetBytes: number }
  | { readonly kind: 'file'; readonly id: PacketId; readonly offsetBytes: number; readonly bytes: Uint8Array }
  /** An INFO with the whole of its packet in a FILE right behind it. */
  | { readonly kind: 'push'; readonly offer: SessionOffer; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly id: PacketId }
  /** One, or several in a row, which say no more than one. */
  | { readonly kind: 'halt' }
  | { readonly kind: 'ping' }

export const haltBytes = new XdrWriter().u32(haltType).bytes()

export function encodePacket(packet: SpPacket): Uint8Array {
  const writer = new XdrWriter()
  switch (packet.kind) {
    case 'info':
      return writeInfo(writer, packet.offer).bytes()
    case 'freq':
      return writer.u32(freqType).fixedOpaque(bytesOfId(packet.id)).u64(packet.offsetBytes).bytes()
    case 'file':
      return writeFile(writer, packet).bytes()
    case 'push':
      return writeFile(writeInfo(writer, packet.offer), { id: packet.offer.id, offsetBytes: 0, ...packet }).bytes()
    case 'done':
      return writer.u32(doneType).fixedOpaque(bytesOfId(packet.id)).bytes()
    case 'halt':
      return haltBytes.slice()
    case 'ping':
      return writer.u32(pingType).bytes()
  }
}

/** The same in pieces, the content of a file as it is: it is large, and goes where the pieces go without a copy. */
export function encodeInPieces(packet: SpPacket): readonly Uint8Array[] {
  if (packet.kind !== 'file' && packet.kind !== 'push') return [encodePacket(packet)]
  const whole = encodePacket({ ...packet, bytes: nothing })
  new DataView(whole.buffer).setUint32(whole.length - 4, packet.bytes.length)
  const fillerBytes = -packet.bytes.length & 3
  return fillerBytes === 0 ? [whole, packet.bytes] : [whole, packet.bytes, new Uint8Array(fillerBytes)]
}

function writeInfo(writer: XdrWriter, { id, sizeBytes, niceness }: SessionOffer): XdrWriter {
  if (!isNiceness(niceness)) throw new RangeError('niceness is not 1 to 255')
  return writer.u32(infoType).u32(niceness).u64(sizeBytes).fixedOpaque(bytesOfId(id))
}

function writeFile(writer: XdrWriter, file: { id: PacketId; offsetBytes: number; bytes: Uint8Array }): XdrWriter {
  return writer.u32(fileType).fixedOpaque(bytesOfId(file.id)).u64(file.offsetBytes).variableOpaque(file.bytes)
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

/** The same, with each INFO and a whole packet behind it put together to what it is: a push. */
export function* decodePacketsAndPushes(payload: Uint8Array): Generator<SpPacket> {
  let info: Extract<SpPacket, { kind: 'info' }> | undefined
  for (const packet of decodePackets(payload)) {
    const before = info
    info = undefined
    if (before !== undefined && isWhole(packet, before.offer)) {
      yield { kind: 'push', offer: before.offer, bytes: packet.bytes }
      continue
    }
    if (before !== undefined) yield before
    if (packet.kind === 'info') info = packet
    else yield packet
  }
  if (info !== undefined) yield info
}

function isWhole(packet: SpPacket, { id, sizeBytes }: SessionOffer): packet is Extract<SpPacket, { kind: 'file' }> {
  return packet.kind === 'file' && packet.id === id && packet.offsetBytes === 0 && packet.bytes.length === sizeBytes
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
