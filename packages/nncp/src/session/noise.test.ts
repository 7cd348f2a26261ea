import { describe, expect, it } from 'vitest'
import { pureSuite as suite } from '../pure.ts'
import type { RandomSource } from '../suite.ts'
import { hmac } from './hkdf.ts'
import { initiate, type NoiseKeys, respond } from './noise.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
const text = (plain: string) => new TextEncoder().encode(plain)
const hex = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString('hex')
const nothing = new Uint8Array(0)

function keysOf(privateKey: string, ephemeral: string): NoiseKeys {
  const key = bytes(privateKey)
  const random: RandomSource = () => bytes(ephemeral)
  return { suite, random, privateKey: key, publicKey: suite.x25519PublicKey(key) }
}

/** From the test vectors of Noise-C, `noise-c-basic.txt`, for Noise_IK_25519_ChaChaPoly_BLAKE2b. */
const vector = {
  prologue: text('Prologue123'),
  initiator: keysOf(
    'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
    '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  ),
  responder: keysOf(
    '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
    'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
  ),
  first:
    'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944' +
    'ba83a447b38c83e327ad936929812f624884847b7831e95e197b2f797088efdd232fe541af156ec6d0657602902a8c3e' +
    'e64e470f4b6fcd9298ce0b56fe20f86e60d9d933ec6e103ffb09e6001d6abb64',
  second:
    '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843' +
    '9f069b267a06b3de3ecb1043bcb09807c6cd101f3826192a65f11ef3fe4317',
  third: 'cd54383060e7a28434cca27fb1cc524cfbabeb18181589df219d07',
  fourth: 'a856d3bf0246bfc476c655009cd1ed677b8dcc5b349ae8ef2a05f2',
}

describe('Noise IK', () => {
  it('makes and reads the messages of the published vector', () => {
    const { prologue, initiator, responder } = vector
    const calling = initiate(initiator, prologue, responder.publicKey, text('Ludwig von Mises'))
    expect(hex(calling?.message)).toBe(vector.first)
    const called = respond(responder, prologue, bytes(vector.first))
    expect(called?.remoteKey).toEqual(initiator.publicKey)
    expect(called?.payload).toEqual(text('Ludwig von Mises'))
    const answer = called?.answer(text('Murray Rothbard'))
    expect(hex(answer?.message)).toBe(vector.second)
    const open = calling?.readAnswer(bytes(vector.second))
    expect(open?.payload).toEqual(text('Murray Rothbard'))
    expect(hex(open?.ciphers.outgoing.seal(nothing, text('F. A. Hayek')))).toBe(vector.third)
    expect(answer?.ciphers.incoming.open(nothing, bytes(vector.third))).toEqual(text('F. A. Hayek'))
    expect(hex(answer?.ciphers.outgoing.seal(nothing, text('Carl Menger')))).toBe(vector.fourth)
    expect(open?.ciphers.incoming.open(nothing, bytes(vector.fourth))).toEqual(text('Carl Menger'))
  })

  it('refuses every altered byte of both messages, and every shorter one', () => {
    const { prologue, initiator, responder } = vector
    const [first, second] = [bytes(vector.first), bytes(vector.second)]
    for (let at = 0; at < first.length; at += 1) {
      expect(respond(responder, prologue, altered(first, at))).toBeUndefined()
      expect(respond(responder, prologue, first.subarray(0, at))).toBeUndefined()
    }
    for (let at = 0; at < second.length; at += 1) {
      const read = (message: Uint8Array) =>
        initiate(initiator, prologue, responder.publicKey, text('Ludwig von Mises'))?.readAnswer(message)
      expect(read(altered(second, at))).toBeUndefined()
      expect(read(second.subarray(0, at))).toBeUndefined()
    }
    expect(respond(responder, text('another'), first)).toBeUndefined()
  })

  it('refuses keys of low order', () => {
    expect(initiate(vector.initiator, nothing, new Uint8Array(32), nothing)).toBeUndefined()
    const message = bytes(vector.first).fill(0, 0, 32)
    expect(respond(vector.responder, vector.prologue, message)).toBeUndefined()
  })
})

describe('HMAC', () => {
  it('takes no key above a block', () => {
    expect(() => hmac(suite, new Uint8Array(129), nothing)).toThrow(RangeError)
  })
})

function altered(message: Uint8Array, at: number): Uint8Array {
  const copy = message.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
