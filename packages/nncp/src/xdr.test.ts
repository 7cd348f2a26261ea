import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from './testkit.ts'
import { XdrReader, XdrWriter } from './xdr.ts'

describe('XDR', () => {
  it('writes fields as RFC 4506 does: big-endian, in units of four bytes', () => {
    const bytes = new XdrWriter()
      .u32(1)
      .u64(2n ** 40n)
      .fixedOpaque(Uint8Array.of(1, 2, 3, 4, 5))
      .string('é!')
      .bytes()
    expect([...bytes]).toEqual([
      ...[0, 0, 0, 1],
      ...[0, 0, 1, 0, 0, 0, 0, 0],
      ...[1, 2, 3, 4, 5, 0, 0, 0],
      ...[0, 0, 0, 3, 0xc3, 0xa9, 0x21, 0],
    ])
  })

  it('reads back what was written', () => {
    const fields = fc.record({
      small: fc.integer({ min: 0, max: 0xffff_ffff }),
      large: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      size: fc.maxSafeNat(),
      fixed: fc.uint8Array({ maxLength: 20 }),
      opaque: fc.uint8Array({ maxLength: 20 }),
      text: fc.string({ unit: 'grapheme', maxLength: 10 }),
    })
    fc.assert(
      fc.property(fields, ({ small, large, size, fixed, opaque, text }) => {
        const bytes = new XdrWriter()
          .u32(small)
          .u64(large)
          .u64(size)
          .fixedOpaque(fixed)
          .variableOpaque(opaque)
          .string(text)
          .bytes()
        expect(bytes.length % 4).toBe(0)
        const reader = new XdrReader(bytes)
        expect(reader.u32()).toBe(small)
        expect(reader.u64()).toBe(large)
        expect(reader.size()).toBe(size)
        expect(reader.fixedOpaque(fixed.length)).toEqual(fixed)
        expect(reader.variableOpaque(20)).toEqual(opaque)
        expect(reader.string(200)).toBe(text)
        reader.end()
      }),
    )
  })

  it('answers any bytes with a value or a FormatError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const reader = new XdrReader(bytes)
        refusal(() => [reader.u32(), reader.variableOpaque(16), reader.string(8), reader.size(), reader.end()])
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['a short integer', [0, 0, 1], (reader: XdrReader) => reader.u32(), 'truncated'],
    ['a short hyper', [0, 0, 0, 0, 0, 0, 1], (reader: XdrReader) => reader.u64(), 'truncated'],
    ['a size above 2^53', [0, 0x20, 0, 0, 0, 0, 0, 0], (reader: XdrReader) => reader.size(), 'bad-size'],
    ['missing filler', [1, 2, 3], (reader: XdrReader) => reader.fixedOpaque(3), 'truncated'],
    ['filler that is not zero', [1, 2, 3, 4], (reader: XdrReader) => reader.fixedOpaque(3), 'bad-xdr'],
    ['4 GiB announced', [255, 255, 255, 255, 0], (reader: XdrReader) => reader.variableOpaque(2 ** 32), 'truncated'],
    [
      'a length above the limit',
      [0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0],
      (r: XdrReader) => r.variableOpaque(4),
      'bad-xdr',
    ],
    ['text that is not UTF-8', [0, 0, 0, 1, 0x80, 0, 0, 0], (reader: XdrReader) => reader.string(4), 'bad-xdr'],
    ['a byte too many', [1], (reader: XdrReader) => reader.end(), 'trailing-bytes'],
  ])('refuses %s', (_, bytes, read, code) => {
    expect(refusal(() => read(new XdrReader(Uint8Array.from(bytes))))).toBe(code)
  })

  it('reads inside a larger buffer from its own beginning', () => {
    expect(new XdrReader(Uint8Array.of(9, 9, 0, 0, 0, 7).subarray(2)).u32()).toBe(7)
  })

  it('keeps a byte order mark', () => {
    const bytes = new XdrWriter().string('\ufeffa').bytes()
    expect(new XdrReader(bytes).string(10)).toBe('\ufeffa')
  })

  it('does not write what it could not read', () => {
    const writer = new XdrWriter()
    for (const value of [-1, 2 ** 32, 1.5, Number.NaN]) expect(() => writer.u32(value)).toThrow(RangeError)
    for (const value of [-1n, 2n ** 64n]) expect(() => writer.u64(value)).toThrow(RangeError)
    expect(() => writer.string('\ud800')).toThrow(RangeError)
  })
})
