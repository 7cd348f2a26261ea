import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { packetIdFromBytes } from '../ids.ts'
import { alice, collect, content, refusal } from '../testkit.ts'
import {
  execPath,
  execPathFits,
  idPath,
  parseExecPath,
  parseNodePath,
  parsePacketPath,
  parseTextPath,
  textPath,
} from './path.ts'
import { decodePlainHeader, encodePlainHeader, type PlainHeader, plainHeaderBytes, plainPacket } from './plain.ts'

const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter(text => !text.includes('\0'))
const name = word.filter(text => text !== '')
const path = fc.oneof(
  fc.record({ type: fc.constantFrom('file', 'freq'), path: name.map(textPath) }),
  fc
    .tuple(fc.constantFrom('exec', 'exec-fat'), name, fc.array(word, { maxLength: 5 }))
    .filter(([, handle, args]) => execPathFits(handle, args))
    .map(([type, handle, args]) => ({ type, path: execPath(handle, args) })),
  fc.record({
    type: fc.constantFrom('trns', 'area', 'ack'),
    path: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
) as fc.Arbitrary<Pick<PlainHeader, 'type' | 'path'>>

const header = encodePlainHeader({ type: 'file', niceness: 224, path: textPath('a') })

function changed(offset: number, ...bytes: number[]): Uint8Array {
  const copy = header.slice()
  copy.set(bytes, offset)
  return copy
}

describe('a plain header', () => {
  it('lies on the wire as NNCP writes it', () => {
    expect(header).toHaveLength(plainHeaderBytes)
    expect([...header.subarray(0, 22)]).toEqual([
      ...[0x4e, 0x4e, 0x43, 0x50, 0x50, 0, 0, 3],
      ...[0, 0, 0, 1],
      ...[0, 0, 0, 224],
      ...[0, 0, 0, 1],
      ...[0x61, 0],
    ])
  })

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(path, fc.nat(255), (fields, niceness) => {
        const bytes = encodePlainHeader({ ...fields, niceness })
        expect(decodePlainHeader(bytes)).toEqual({ ...fields, niceness })
        expect(decodePlainHeader(joined([bytes, content(9)]))).toEqual({ ...fields, niceness })
      }),
    )
  })

  it('of any bytes is a header or a FormatError', () => {
    const damage = fc.array(fc.tuple(fc.nat(plainHeaderBytes - 1), fc.nat(255)), { maxLength: 6 })
    fc.assert(
      fc.property(path, damage, fc.nat(300), (fields, hits, cut) => {
        const bytes = encodePlainHeader({ ...fields, niceness: 1 })
        for (const [offset, value] of hits) bytes[offset] = value
        const code = refusal(() => {
          const decoded = decodePlainHeader(bytes.subarray(0, cut))
          expect(encodePlainHeader(decoded)).toEqual(bytes.subarray(0, plainHeaderBytes))
        })
        if (cut < plainHeaderBytes) expect(code).toBeDefined()
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(refusal(() => decodePlainHeader(bytes))).toBeDefined()
      }),
    )
  })

  it.each([
    ['of an encrypted packet', changed(4, 0x45), 'bad-magic'],
    ['of version 2', changed(7, 2), 'bad-version'],
    ['of type 0', changed(11, 0), 'bad-type'],
    ['of type 8', changed(11, 8), 'bad-type'],
    ['of type 2^24 + 1', changed(8, 1), 'bad-type'],
    ['of niceness 256', changed(14, 1), 'bad-niceness'],
    ['with a path longer than its field', changed(18, 1), 'bad-path'],
    ['with an empty name', changed(19, 0, 0), 'bad-path'],
    ['with NUL in a name', changed(19, 3, 0x61, 0, 0x61), 'bad-path'],
    ['with a name that is not UTF-8', changed(20, 0x80), 'bad-path'],
    ['with something behind the path', changed(21, 1), 'bad-path'],
    ['with filler that is not zero', changed(275, 1), 'bad-xdr'],
    ['of relaying without an id', changed(11, 4), 'bad-path'],
    ['of an area without an id', changed(11, 6), 'bad-path'],
    ['of an acknowledgement without an id', changed(11, 7), 'bad-path'],
    [
      'of an empty handle',
      joined([changed(11, 3).subarray(0, 19), Uint8Array.of(2, 0, 0x61), new Uint8Array(254)]),
      'bad-path',
    ],
    ['that is cut', header.subarray(0, 275), 'truncated'],
    ['of nothing', new Uint8Array(0), 'truncated'],
  ])('%s is refused', (_, bytes, code) => {
    expect(refusal(() => decodePlainHeader(bytes))).toBe(code)
  })

  it('is not written when nobody would read it', () => {
    const write = (fields: PlainHeader) => refusal(() => encodePlainHeader(fields))
    for (const niceness of [-1, 256, 1.5, Number.NaN]) {
      expect(write({ type: 'file', niceness, path: textPath('a') })).toBe('bad-niceness')
    }
    expect(write({ type: 'file', niceness: 1, path: content(256).fill(65) })).toBe('path-too-long')
    expect(write({ type: 'trns', niceness: 1, path: textPath('a') })).toBe('bad-path')
  })

  it('keeps no hold of the bytes it was read from', () => {
    const bytes = header.slice()
    const decoded = decodePlainHeader(bytes)
    bytes.fill(0)
    expect(parseTextPath(decoded.path)).toBe('a')
  })

  it('goes before the content of a packet', async () => {
    const packet = await collect(plainPacket({ type: 'file', niceness: 224, path: textPath('a') }, [content(5)]))
    expect(packet).toEqual(joined([header, content(5)]))
  })
})

describe('paths', () => {
  it('of exec keep every argument as it is', () => {
    const cases = [[], [''], ['', ''], ['a', '', 'b'], ['-x', '--', '../..', '\n', 'ü 😀', '\ufeff']]
    for (const args of cases) expect(parseExecPath(execPath('cat', args))).toEqual({ handle: 'cat', args })
    fc.assert(
      fc.property(name, fc.array(word), (handle, args) => {
        fc.pre(execPathFits(handle, args))
        expect(parseExecPath(execPath(handle, args))).toEqual({ handle, args })
      }),
    )
  })

  it('of exec have room for 255 bytes, not letters', () => {
    for (const [args, fits] of [
      [['x'.repeat(251)], true],
      [['x'.repeat(252)], false],
      [['é'.repeat(125), ''], true],
      [['é'.repeat(126), ''], false],
      [Array.from({ length: 252 }, () => ''), true],
      [Array.from({ length: 253 }, () => ''), false],
      [Array.from({ length: 10_000 }, () => '-'), false],
    ] as const) {
      expect(execPathFits('cat', args)).toBe(fits)
      expect(refusal(() => execPath('cat', args))).toBe(fits ? undefined : 'path-too-long')
    }
    expect(refusal(() => textPath('y'.repeat(255)))).toBeUndefined()
    expect(refusal(() => textPath('y'.repeat(256)))).toBe('path-too-long')
  })

  it('refuse what cannot be told apart or written', () => {
    for (const args of [['a\0b'], ['\ud800']]) expect(refusal(() => execPath('cat', args))).toBe('bad-path')
    for (const handle of ['', 'a\0']) expect(refusal(() => execPath(handle, ['x']))).toBe('bad-path')
    for (const text of ['', 'a\0', '\udc00']) expect(refusal(() => textPath(text))).toBe('bad-path')
    expect(refusal(() => parseExecPath(Uint8Array.of(0x61, 0, 0xff)))).toBe('bad-path')
    expect(refusal(() => parseExecPath(new Uint8Array(0)))).toBe('bad-path')
  })

  it('hold ids', () => {
    const packet = packetIdFromBytes(content(32))
    expect(parseNodePath(idPath(alice.id))).toBe(alice.id)
    expect(parsePacketPath(idPath(packet))).toBe(packet)
    expect(refusal(() => parseNodePath(content(31)))).toBe('bad-path')
    expect(refusal(() => parsePacketPath(content(33)))).toBe('bad-path')
  })
})
