import { FormatError } from '../errors.ts'
import type { Suite } from '../suite.ts'
import { bytesOfMagic, encryptedMagic } from './magic.ts'

/** Plaintext of one block; only the last may be smaller. */
export const blockBytes = 128 * 1024

/** Each block grows by its Poly1305 tag. */
export const tagBytes = 16

/** Payload size and padding size, 8 bytes each, at the beginning of one block. */
export const sizeFieldBytes = 16

/** What blocks of one packet are sealed and opened with. */
export interface PacketKeys {
  /** Blocks of payload alone. */
  readonly full: Uint8Array
  /** The block that begins with the SIZE structure. */
  readonly size: Uint8Array
  /** Seeds the padding after the blocks. */
  readonly padding: Uint8Array
}

/**
 * Three keys out of X25519 between the packet's own key and the recipient's. Throws FormatError `bad-key` for a public
 * key of low order, which would make the secret known to everybody.
 */
export function derivePacketKeys(suite: Suite, privateKey: Uint8Array, publicKey: Uint8Array): PacketKeys {
  const secret = suite.x25519(privateKey, publicKey)
  if (secret === undefined) throw new FormatError('bad-key', 'an exchange key of low order')
  const derive = (purpose: string) => suite.blake3DeriveKey(contextOf(purpose), secret)
  return { full: derive('FULL'), size: derive('SIZE'), padding: derive('PAD') }
}

/** The block's number as 12 bytes: four zeros, then 64 bits, big-endian. */
export function nonceOf(blockNumber: number): Uint8Array {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(blockNumber))
  return nonce
}

/** The magic with its version, a space, the purpose. */
function contextOf(purpose: string): Uint8Array {
  const magic = bytesOfMagic(encryptedMagic)
  const context = new Uint8Array(magic.length + 1 + purpose.length)
  context.set(magic)
  context.set(new TextEncoder().encode(` ${purpose}`), magic.length)
  return context
}
