/** HMAC (RFC 2104) and HKDF over BLAKE2b-512, as Noise (revision 34, section 4.3) asks for them. */
import { joined } from '../bytes.ts'
import type { Suite } from '../suite.ts'

/** Output of BLAKE2b in Noise: HASHLEN. */
export const hashBytes = 64
/** BLOCKLEN. */
const blockBytes = 128
const innerByte = 0x36
const outerByte = 0x5c

/** RFC 2104; the keys of Noise are never longer than a block. 64 bytes. */
export function hmac(suite: Suite, key: Uint8Array, data: Uint8Array): Uint8Array {
  if (key.length > blockBytes) throw new RangeError(`a key above ${blockBytes} bytes`)
  const inner = suite.blake2b512(joined([padded(key, innerByte), data]))
  return suite.blake2b512(joined([padded(key, outerByte), inner]))
}

/** Noise section 4.3, HKDF with two outputs of 64 bytes. */
export function hkdf2(suite: Suite, chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const temporary = hmac(suite, chainingKey, material)
  const first = hmac(suite, temporary, Uint8Array.of(1))
  return [first, hmac(suite, temporary, joined([first, Uint8Array.of(2)]))]
}

function padded(key: Uint8Array, mask: number): Uint8Array {
  const block = new Uint8Array(blockBytes).fill(mask)
  key.forEach((byte, index) => {
    block[index] = byte ^ mask
  })
  return block
}
