import { decodeBase32, encodeBase32 } from './base32.ts'
import { FormatError } from './errors.ts'

/**
 * Base32 (RFC 4648, upper case, no padding) of 32 bytes: 52 characters. Names a node: BLAKE2b-256 of its signing public
 * key; or an area: BLAKE2b-256 of its exchange public key.
 */
export type NodeId = string & { readonly __brand: 'NodeId' }

/** Base32 of 32 bytes: 52 characters. Names an encrypted packet: the MTH hash of all its bytes. */
export type PacketId = string & { readonly __brand: 'PacketId' }

/** Base32 of 32 bytes: 52 characters. Names a message of an area: BLAKE2b-256 of its header. */
export type AreaMessageId = string & { readonly __brand: 'AreaMessageId' }

const idBytes = 32
const idLetters = 52

function isId(text: string): boolean {
  return text.length === idLetters && decodeBase32(text) !== undefined
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length !== idBytes) throw new RangeError(`an id has ${idBytes} bytes, not ${bytes.length}`)
  return encodeBase32(bytes)
}

/** `text` as a node id, or `undefined` when it is not the canonical Base32 of 32 bytes. */
export function parseNodeId(text: string): NodeId | undefined {
  return isId(text) ? (text as NodeId) : undefined
}

/** `text` as a packet id, or `undefined` when it is not the canonical Base32 of 32 bytes. */
export function parsePacketId(text: string): PacketId | undefined {
  return isId(text) ? (text as PacketId) : undefined
}

/** `text` as the name of a message, or `undefined` when it is not the canonical Base32 of 32 bytes. */
export function parseAreaMessageId(text: string): AreaMessageId | undefined {
  return isId(text) ? (text as AreaMessageId) : undefined
}

/** Throws RangeError unless given 32 bytes. */
export function nodeIdFromBytes(bytes: Uint8Array): NodeId {
  return textOf(bytes) as NodeId
}

/** Throws RangeError unless given 32 bytes. */
export function packetIdFromBytes(bytes: Uint8Array): PacketId {
  return textOf(bytes) as PacketId
}

/** Throws RangeError unless given 32 bytes. */
export function areaMessageIdFromBytes(bytes: Uint8Array): AreaMessageId {
  return textOf(bytes) as AreaMessageId
}

/** The 32 bytes of an id. Throws FormatError `bad-base32` if the id was made by a cast and is none. */
export function bytesOfId(id: NodeId | PacketId): Uint8Array {
  const bytes = decodeBase32(id)
  if (bytes?.length !== idBytes) throw new FormatError('bad-base32', 'an id is not Base32 of 32 bytes')
  return bytes
}
