import { randomBytes } from 'node:crypto'
import { pureSuite } from '@posthorn/nncp/pure'
import { describe, expect, it } from 'vitest'
import { nativeSuite, withQuickBlake2b } from './crypto.ts'

const native = nativeSuite()
const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'))
const sizes = [0, 1, 63, 64, 127, 128, 129, 1024, 1025, 131_072, 131_073]

describe('native and pure cryptography agree', () => {
  it('on hashes', () => {
    const key = randomBytes(32)
    for (const size of sizes) {
      const data = randomBytes(size)
      expect(hex(native.blake3(data))).toBe(hex(pureSuite.blake3(data)))
      expect(hex(native.blake3Keyed(key, data))).toBe(hex(pureSuite.blake3Keyed(key, data)))
      for (const context of [Buffer.from('NNCPE\0\0\x06 FULL'), Buffer.from([0xff, 0])]) {
        expect(hex(native.blake3DeriveKey(context, data))).toBe(hex(pureSuite.blake3DeriveKey(context, data)))
      }
      expect(hex(native.blake2b256(data))).toBe(hex(pureSuite.blake2b256(data)))
      expect(hex(native.blake2b512(data))).toBe(hex(pureSuite.blake2b512(data)))
    }
  })

  it('on short messages, quickly', async () => {
    const quick = await withQuickBlake2b(native)
    for (const size of sizes) {
      const data = randomBytes(size)
      expect(hex(quick.blake2b256(data))).toBe(hex(pureSuite.blake2b256(data)))
    }
  })

  it('on sealed blocks, and refuse every altered one', () => {
    const [key, nonce, associated] = [randomBytes(32), randomBytes(12), randomBytes(32)]
    for (const size of sizes) {
      const plaintext = randomBytes(size)
      const sealed = native.aeadSeal(key, nonce, associated, plaintext)
      expect(hex(sealed)).toBe(hex(pureSuite.aeadSeal(key, nonce, associated, plaintext)))
      expect(hex(native.aeadOpen(key, nonce, associated, sealed))).toBe(hex(plaintext))
      const places = [0, 1].map(() => ({ target: new Uint8Array(5 + size + 16), offset: 5 }))
      const parts = [plaintext.subarray(0, size / 3), plaintext.subarray(size / 3)]
      const whole = pureSuite.aeadSeal(key, nonce, new Uint8Array(0), plaintext)
      for (const [index, suite] of [native, pureSuite].entries()) {
        const place = places[index] ?? { target: new Uint8Array(0), offset: 0 }
        suite.aeadSealInto(place, key, nonce, parts)
        expect(hex(place.target)).toBe(`0000000000${hex(whole)}`)
        suite.aeadSealInto(place, key, nonce, parts, associated)
        expect(hex(place.target)).toBe(`0000000000${hex(sealed)}`)
      }
      const altered = Uint8Array.from(sealed)
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
      expect(native.aeadOpen(key, nonce, associated, altered)).toBeUndefined()
      expect(native.aeadOpen(key, nonce, randomBytes(32), sealed)).toBeUndefined()
    }
    expect(native.aeadOpen(key, nonce, associated, randomBytes(15))).toBeUndefined()
  })

  it('on key agreement, also against a key of low order', () => {
    const [a, b] = [randomBytes(32), randomBytes(32)]
    expect(hex(native.x25519PublicKey(a))).toBe(hex(pureSuite.x25519PublicKey(a)))
    const shared = hex(native.x25519(a, pureSuite.x25519PublicKey(b)))
    expect(shared).toBe(hex(pureSuite.x25519(b, native.x25519PublicKey(a))))
    expect(native.x25519(a, new Uint8Array(32))).toBeUndefined()
    expect(pureSuite.x25519(a, new Uint8Array(32))).toBeUndefined()
  })

  it('on signatures', () => {
    const seed = randomBytes(32)
    const message = randomBytes(200)
    const signature = native.ed25519Sign(seed, message)
    expect(hex(signature)).toBe(hex(pureSuite.ed25519Sign(seed, message)))
    const publicKey = native.ed25519PublicKey(seed)
    expect(hex(publicKey)).toBe(hex(pureSuite.ed25519PublicKey(seed)))
    expect(native.ed25519Verify(publicKey, message, signature)).toBe(true)
    expect(pureSuite.ed25519Verify(publicKey, randomBytes(200), signature)).toBe(false)
    expect(native.ed25519Verify(publicKey, randomBytes(200), signature)).toBe(false)
    expect(native.ed25519Verify(randomBytes(31), message, signature)).toBe(false)
  })
})
