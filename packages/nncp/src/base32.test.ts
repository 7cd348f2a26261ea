import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase32, encodeBase32 } from './base32.ts'
import { bytesOfId, nodeIdFromBytes, packetIdFromBytes, parseNodeId, parsePacketId } from './ids.ts'
import { refusal } from './testkit.ts'

const text = new TextEncoder()

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %j as in RFC 4648 section 10, without its padding', (plain, encoded) => {
    expect(encodeBase32(text.encode(plain))).toBe(encoded)
    expect(decodeBase32(encoded)).toEqual(text.encode(plain))
  })

  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes)
      }),
    )
  })

  it('accepts one text per value and nothing else', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567aZ018=é '.split('')),
      maxLength: 60,
    })
    fc.assert(
      fc.property(letters, candidate => {
        const bytes = decodeBase32(candidate)
        if (bytes !== undefined) expect(encodeBase32(bytes)).toBe(candidate)
      }),
    )
  })

  it.each([
    'my',
    'MY======',
    'M Y',
    'MZ',
    'M',
    'MZX',
    'MZXW6Y',
    'A',
    'AAA',
    'MYA',
    'AAAAAA',
    '0Y',
    '1Y',
    '8Y',
    'MÝ',
    'MY\n',
  ])('refuses %j', candidate => {
    expect(decodeBase32(candidate)).toBeUndefined()
  })
})

describe('ids', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i)
  const id = nodeIdFromBytes(bytes)

  it('are 52 letters for 32 bytes', () => {
    expect(id).toHaveLength(52)
    expect(bytesOfId(id)).toEqual(bytes)
    expect(packetIdFromBytes(bytes)).toBe(id)
    expect(parseNodeId(id)).toBe(id)
    expect(parsePacketId(id)).toBe(id)
  })

  it.each([
    '',
    id.toLowerCase(),
    id.slice(1),
    `${id}A`,
    `${id.slice(0, -1)}B`,
    `../${id.slice(3)}`,
    `${id.slice(0, -1)}\0`,
  ])('refuse %j', candidate => {
    expect(parseNodeId(candidate)).toBeUndefined()
    expect(parsePacketId(candidate)).toBeUndefined()
    expect(refusal(() => bytesOfId(candidate as typeof id))).toBe('bad-base32')
  })

  it('are made of 32 bytes only', () => {
    expect(() => nodeIdFromBytes(bytes.subarray(1))).toThrow(RangeError)
    expect(() => packetIdFromBytes(new Uint8Array(33))).toThrow(RangeError)
  })
})
