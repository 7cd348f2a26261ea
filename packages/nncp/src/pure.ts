/**
 * The cryptography of NNCP in plain JavaScript: for browsers, for tests, and as the measure for native suites.
 * Slow beside native code (some tens of MB/s), but it runs anywhere.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { blake2b } from '@noble/hashes/blake2.js'
import { blake3 } from '@noble/hashes/blake3.js'
import type { Suite } from './suite.ts'

const x25519KeyBytes = 32
const nothing = new Uint8Array(0)

export const pureSuite: Suite = {
  blake3: data => blake3(data),
  blake3Keyed: (key, data) => blake3(data, { key }),
  blake3DeriveKey: (context, material) => blake3(material, { context }),
  blake3Xof: key => {
    const stream = blake3.create({ key })
    return sizeBytes => stream.xof(sizeBytes)
  },
  blake2b256: data => blake2b(data, { dkLen: 32 }),
  blake2b512: data => blake2b(data, { dkLen: 64 }),
  aeadSeal: (key, nonce, associated, plaintext) => chacha20poly1305(key, nonce, associated).encrypt(plaintext),
  aeadSealInto: ({ target, offset }, key, nonce, parts, associated = nothing) => {
    const plaintext = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      plaintext.set(part, at)
      at += part.length
    }
    target.set(chacha20poly1305(key, nonce, associated).encrypt(plaintext), offset)
  },
  aeadOpen: (key, nonce, associated, sealed) => {
    const cipher = chacha20poly1305(key, nonce, associated)
    try {
      return cipher.decrypt(sealed)
    } catch {
      return undefined
    }
  },
  x25519: (privateKey, publicKey) => {
    if (privateKey.length !== x25519KeyBytes || publicKey.length !== x25519KeyBytes) {
      throw new RangeError(`X25519 keys have ${x25519KeyBytes} bytes`)
    }
    try {
      return x25519.getSharedSecret(privateKey, publicKey)
    } catch {
      return undefined
    }
  },
  x25519PublicKey: privateKey => x25519.getPublicKey(privateKey),
  ed25519Sign: (seed, message) => ed25519.sign(message, seed),
  // RFC 8032 to the letter: the laxer ZIP 215 rules would let two nodes disagree about one packet.
  ed25519Verify: (publicKey, message, signature) => ed25519.verify(signature, message, publicKey, { zip215: false }),
  ed25519PublicKey: seed => ed25519.getPublicKey(seed),
}
