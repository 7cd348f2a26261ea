import { FormatError } from '../errors.ts'
import { bytesOfId, type NodeId, nodeIdFromBytes } from '../ids.ts'
import { isNiceness } from '../niceness.ts'
import type { Suite } from '../suite.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'
import { bytesOfMagic, checkMagic, encryptedMagic } from './magic.ts'

/** What everybody can read of an encrypted packet (NNCP manual, "Encrypted packet"). */
export interface EncryptedHeader {
  /** 1 to 255. */
  readonly niceness: number
  /** A claim until the signature was verified with this node's key. */
  readonly sender: NodeId
  readonly recipient: NodeId
  /** X25519, made for this packet alone. */
  readonly exchangeKey: Uint8Array
  /** Ed25519 over all fields above and the magic, 64 bytes. */
  readonly signature: Uint8Array
}

/** Magic 8, niceness 4, sender 32, recipient 32, exchange key 32, signature 64. */
export const encryptedHeaderBytes = 172

/** The part that is signed, and whose hash every block is bound to. 108 bytes. */
export function encodeUnsignedHeader(header: Omit<EncryptedHeader, 'signature'>): Uint8Array {
  if (!isNiceness(header.niceness)) throw new FormatError('bad-niceness', 'niceness is not 1 to 255')
  return new XdrWriter()
    .fixedOpaque(bytesOfMagic(encryptedMagic))
    .u32(header.niceness)
    .fixedOpaque(bytesOfId(header.sender))
    .fixedOpaque(bytesOfId(header.recipient))
    .fixedOpaque(header.exchangeKey)
    .bytes()
}

/** 172 bytes. Throws FormatError `bad-niceness`. */
export function encodeEncryptedHeader(header: EncryptedHeader): Uint8Array {
  return new XdrWriter().fixedOpaque(encodeUnsignedHeader(header)).fixedOpaque(header.signature).bytes()
}

/**
 * Reads the first 172 of `bytes` and keeps no reference to them. Throws FormatError `truncated`, `bad-magic`,
 * `bad-version` or `bad-niceness`. Nothing is proven yet: see `verifyEncryptedHeader`.
 */
export function readEncryptedHeader(bytes: Uint8Array): EncryptedHeader {
  const reader = new XdrReader(bytes)
  checkMagic(reader.fixedOpaque(8), encryptedMagic)
  const niceness = reader.u32()
  if (!isNiceness(niceness)) throw new FormatError('bad-niceness', 'niceness is not 1 to 255')
  return {
    niceness,
    sender: nodeIdFromBytes(reader.fixedOpaque(32)),
    recipient: nodeIdFromBytes(reader.fixedOpaque(32)),
    // Copies, which `slice` of a Buffer is not.
    exchangeKey: Uint8Array.from(reader.fixedOpaque(32)),
    signature: Uint8Array.from(reader.fixedOpaque(64)),
  }
}

/** Whether the owner of `signingKey` made this header. That the key is the sender's is for the caller to know. */
export function verifyEncryptedHeader(suite: Suite, header: EncryptedHeader, signingKey: Uint8Array): boolean {
  return suite.ed25519Verify(signingKey, encodeUnsignedHeader(header), header.signature)
}
