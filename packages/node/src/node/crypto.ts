/**
 * The `Suite` of this platform: OpenSSL through `node:crypto` for curves and ChaCha20-Poly1305, native BLAKE3 where its
 * binary loads, the pure implementation where it does not. All of them agree bit for bit; only the speed differs.
 */
import {
  type CipherChaCha20Poly1305,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { createRequire } from 'node:module'
import type { Suite } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { createBLAKE2b } from 'hash-wasm'

const tagBytes = 16
/** What the cipher makes stays in the processor's cache until it is in its place. */
const pieceBytes = 16 * 1024

/** RFC 8410: the fixed head of a PKCS #8 Ed25519 private key, before its 32-byte seed. */
const ed25519Pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

export function nativeSuite(): Suite {
  return { ...pureSuite, ...blake2, ...aead, ...x25519Functions(), ...ed25519Functions(), ...(nativeBlake3() ?? {}) }
}

/** The suite with a BLAKE2b-256 that is quick for millions of short messages, as an eblob takes them. */
export async function withQuickBlake2b(suite: Suite): Promise<Suite> {
  const hasher = await createBLAKE2b(256)
  return { ...suite, blake2b256: data => hasher.init().update(data).digest('binary') }
}

const blake2: Pick<Suite, 'blake2b512'> = { blake2b512: data => createHash('blake2b512').update(data).digest() }

type Blake3Functions = Pick<Suite, 'blake3' | 'blake3Keyed' | 'blake3DeriveKey'>

/** Native BLAKE3, or undefined on a platform without a prebuilt binary. */
function nativeBlake3(): Blake3Functions | undefined {
  const require = createRequire(import.meta.url)
  try {
    const { Blake3Hasher } = require('@napi-rs/blake-hash') as typeof import('@napi-rs/blake-hash')
    return {
      blake3: data => new Blake3Hasher().update(asBuffer(data)).digestBuffer(),
      blake3Keyed: (key, data) => Blake3Hasher.newKeyed(asBuffer(key)).update(asBuffer(data)).digestBuffer(),
      blake3DeriveKey(context, material) {
        // It takes text; those of NNCP are.
        const text = asBuffer(context).toString('utf8')
        if (!Buffer.from(text, 'utf8').equals(context)) return pureSuite.blake3DeriveKey(context, material)
        return Blake3Hasher.newDeriveKey(text).update(asBuffer(material)).digestBuffer()
      },
    }
  } catch {
    return undefined
  }
}

const aead: Pick<Suite, 'aeadSeal' | 'aeadSealInto' | 'aeadOpen'> = {
  aeadSeal(key, nonce, associated, plaintext) {
    const sealed = Buffer.allocUnsafeSlow(plaintext.length + tagBytes)
    aead.aeadSealInto({ target: sealed, offset: 0 }, key, nonce, [plaintext], associated)
    return sealed
  },
  aeadSealInto({ target, offset }, key, nonce, parts, associated) {
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes })
    // Only other modes ask for the length.
    if (associated !== undefined) cipher.setAAD(associated, { plaintextLength: 0 })
    sealInto(target, offset, cipher, parts)
  },
  aeadOpen(key, nonce, associated, sealed) {
    if (sealed.length < tagBytes) return undefined
    const cut = sealed.length - tagBytes
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(associated, { plaintextLength: cut })
    decipher.setAuthTag(sealed.subarray(cut))
    const plaintext = decipher.update(sealed.subarray(0, cut))
    try {
      decipher.final()
    } catch {
      return undefined
    }
    return plaintext
  },
}

/** A stream cipher: as many bytes come out as go in, and none are left for the end. */
function sealInto(target: Uint8Array, offset: number, cipher: CipherChaCha20Poly1305, parts: readonly Uint8Array[]) {
  let at = offset
  for (const part of parts) {
    for (let start = 0; start < part.length; start += pieceBytes) {
      const piece = cipher.update(part.subarray(start, start + pieceBytes))
      target.set(piece, at)
      at += piece.length
    }
  }
  cipher.final()
  target.set(cipher.getAuthTag(), at)
}

function x25519Functions(): Pick<Suite, 'x25519' | 'x25519PublicKey'> {
  const privateKeys = keyCache(bytes => createPrivateKey({ key: jwk('X25519', bytes, bytes), format: 'jwk' }))
  const publicKeys = keyCache(bytes => createPublicKey({ key: jwk('X25519', bytes), format: 'jwk' }))
  return {
    x25519(privateKey, publicKey) {
      try {
        return diffieHellman({ privateKey: privateKeys(privateKey), publicKey: publicKeys(publicKey) })
      } catch {
        return undefined
      }
    },
    x25519PublicKey: privateKey => publicBytes(privateKeys(privateKey)),
  }
}

function ed25519Functions(): Pick<Suite, 'ed25519Sign' | 'ed25519Verify' | 'ed25519PublicKey'> {
  const privateKeys = keyCache(seed =>
    createPrivateKey({ key: Buffer.concat([ed25519Pkcs8Head, seed]), format: 'der', type: 'pkcs8' }),
  )
  const publicKeys = valueCache(bytes => createPublicKey({ key: jwk('Ed25519', bytes), format: 'jwk' }))
  return {
    ed25519Sign: (seed, message) => sign(null, message, privateKeys(seed)),
    ed25519Verify(publicKey, message, signature) {
      try {
        return verify(null, message, publicKeys(publicKey), signature)
      } catch {
        return false
      }
    },
    ed25519PublicKey: seed => publicBytes(privateKeys(seed)),
  }
}

/** Importing a key costs more than using it, so the imported form is kept as long as its bytes are. */
function keyCache(make: (bytes: Uint8Array) => KeyObject): (bytes: Uint8Array) => KeyObject {
  const cache = new WeakMap<Uint8Array, KeyObject>()
  return bytes => {
    const known = cache.get(bytes)
    if (known !== undefined) return known
    const made = make(bytes)
    cache.set(bytes, made)
    return made
  }
}

const cachedKeysMax = 1000

/** By value: the keys of neighbours are read anew with each packet, and are few. */
function valueCache(make: (bytes: Uint8Array) => KeyObject): (bytes: Uint8Array) => KeyObject {
  const cache = new Map<string, KeyObject>()
  return bytes => {
    const text = asBuffer(bytes).toString('latin1')
    const known = cache.get(text)
    if (known !== undefined) return known
    const made = make(bytes)
    if (cache.size >= cachedKeysMax) cache.clear()
    cache.set(text, made)
    return made
  }
}

/** RFC 8037. For a private key only `d` counts, but `x` must be there. */
function jwk(curve: 'X25519' | 'Ed25519', x: Uint8Array, d?: Uint8Array): Record<string, string> {
  const key = { kty: 'OKP', crv: curve, x: asBuffer(x).toString('base64url') }
  return d === undefined ? key : { ...key, d: asBuffer(d).toString('base64url') }
}

function publicBytes(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (typeof x !== 'string') throw new TypeError('the key has no public part')
  return Buffer.from(x, 'base64url')
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
