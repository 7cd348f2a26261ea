import { describe, expect, it } from 'vitest'
import { pureSuite } from './pure.ts'
import { content } from './testkit.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
const hex = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString('hex')

describe('the pure suite', () => {
  it('hashes with BLAKE3 and BLAKE2b', () => {
    expect(hex(pureSuite.blake3(new Uint8Array(0)))).toBe(
      'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    )
    expect(hex(pureSuite.blake2b256(new Uint8Array(0)))).toBe(
      '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
    )
  })

  it('yields the output stream in pieces of any size', () => {
    const key = content(32)
    const whole = pureSuite.blake3Xof(key)(300)
    const next = pureSuite.blake3Xof(key)
    expect(Buffer.concat([next(1), next(99), next(200)]).equals(whole)).toBe(true)
    expect(whole.subarray(0, 32)).toEqual(pureSuite.blake3Keyed(key, new Uint8Array(0)))
  })

  it('signs as RFC 8032 section 7.1, test 2', () => {
    const seed = bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
    const publicKey = bytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const signature = pureSuite.ed25519Sign(seed, Uint8Array.of(0x72))
    expect(pureSuite.ed25519PublicKey(seed)).toEqual(publicKey)
    expect(hex(signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    expect(pureSuite.ed25519Verify(publicKey, Uint8Array.of(0x72), signature)).toBe(true)
    expect(pureSuite.ed25519Verify(publicKey, Uint8Array.of(0x73), signature)).toBe(false)
  })

  it('answers a signature or key of nonsense with false', () => {
    expect(pureSuite.ed25519Verify(new Uint8Array(32).fill(255), content(3), new Uint8Array(64).fill(255))).toBe(false)
    expect(pureSuite.ed25519Verify(new Uint8Array(32), content(3), new Uint8Array(64))).toBe(false)
  })

  it('agrees on secrets as RFC 7748 section 6.1, and on none with a key of low order', () => {
    const ours = bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    const theirs = bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    const secret = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(hex(pureSuite.x25519(ours, pureSuite.x25519PublicKey(theirs)))).toBe(secret)
    expect(hex(pureSuite.x25519(theirs, pureSuite.x25519PublicKey(ours)))).toBe(secret)
    expect(pureSuite.x25519(ours, new Uint8Array(32))).toBeUndefined()
    expect(() => pureSuite.x25519(ours, new Uint8Array(31))).toThrow(RangeError)
  })

  it('opens what it sealed and nothing else', () => {
    const [key, nonce, associated] = [content(32), content(12), content(5)]
    const sealed = pureSuite.aeadSeal(key, nonce, associated, content(100))
    expect(sealed).toHaveLength(116)
    expect(pureSuite.aeadOpen(key, nonce, associated, sealed)).toEqual(content(100))
    expect(pureSuite.aeadOpen(key, nonce, content(6), sealed)).toBeUndefined()
    expect(pureSuite.aeadOpen(key, nonce, associated, sealed.subarray(1))).toBeUndefined()
    expect(pureSuite.aeadOpen(key, nonce, associated, content(3))).toBeUndefined()
  })
})
