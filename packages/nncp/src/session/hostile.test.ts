import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { content, seededRandom } from '../testkit.ts'
import { XdrWriter } from '../xdr.ts'
import type { SessionEvent } from './index.ts'
import { payloadBytesMax } from './limits.ts'
import { padded } from './packer.ts'
import { encodePacket, type SpPacket } from './packets.ts'
import {
  answeredByLiar,
  calledByLiar,
  connectedPair,
  idOf,
  initiator,
  kinds,
  offerOf,
  responder,
  wire,
} from './testkit.ts'

const info = (seed: string, sizeBytes = 10): SpPacket => ({ kind: 'info', offer: offerOf(seed, sizeBytes) })
const fileOf = (seed: string, offsetBytes: number, sizeBytes: number): SpPacket => ({
  kind: 'file',
  id: idOf(seed),
  offsetBytes,
  bytes: content(sizeBytes),
})

/** What a responder makes of packets, after it requested `request` from the offset 0. */
function fate(packets: readonly (SpPacket | Uint8Array)[], request?: string): string[] {
  const { b, liar } = calledByLiar()
  b.receive(liar.say(info('a', 100)), 0)
  if (request !== undefined) b.command({ kind: 'request', id: idOf(request), offsetBytes: 0 }, 0)
  return kinds(packets.flatMap(packet => b.receive(liar.say(packet), 0)))
}

describe('lies about packets', () => {
  it('FILE that nobody asked for', () => {
    expect(fate([fileOf('a', 0, 10)])).toEqual(['closed unasked'])
    expect(fate([fileOf('never offered', 0, 10)])).toEqual(['closed unasked'])
    expect(fate([fileOf('a', 0, 100), fileOf('a', 0, 100)], 'a')).toEqual(['chunk', 'closed unasked'])
  })

  it('FILE with gaps, repetitions, or more than was announced', () => {
    expect(fate([fileOf('a', 1, 10)], 'a')).toEqual(['closed bad-offset'])
    expect(fate([fileOf('a', 0, 10), fileOf('a', 0, 10)], 'a')).toEqual(['chunk', 'closed bad-offset'])
    expect(fate([fileOf('a', 0, 101)], 'a')).toEqual(['closed bad-offset'])
    expect(fate([fileOf('a', 0, 60), fileOf('a', 60, 41)], 'a')).toEqual(['chunk', 'closed bad-offset'])
    expect(fate([fileOf('a', 0, 60), fileOf('a', 60, 40)], 'a')).toEqual(['chunk', 'chunk'])
  })

  it('FILE again after all of it came on a second request', () => {
    const { b, liar } = calledByLiar()
    b.receive(liar.say(info('a', 100)), 0)
    const request = { kind: 'request', id: idOf('a'), offsetBytes: 0 } as const
    b.command([request, request], 0)
    expect(kinds(b.receive(liar.say(fileOf('a', 0, 100)), 0))).toEqual(['chunk'])
    expect(b.receive(liar.say(fileOf('a', 0, 100), fileOf('a', 100, 0)), 0)).toEqual([])
  })

  it('INFO twice is one offer, with another size a lie; after DONE it is a new one', () => {
    expect(fate([info('x'), info('x')])).toEqual(['offered'])
    expect(fate([info('x'), info('x', 11)])).toEqual(['offered', 'closed bad-size'])
    const { b, liar } = calledByLiar()
    b.receive(liar.say(info('x')), 0)
    b.command({ kind: 'finish', id: idOf('x') }, 0)
    expect(kinds(b.receive(liar.say(info('x')), 0))).toEqual(['offered'])
  })

  it('FREQ and DONE for what we did not offer are passed over, FREQ behind the end is not', () => {
    expect(fate([{ kind: 'freq', id: idOf('x'), offsetBytes: 5 }])).toEqual([])
    expect(fate([{ kind: 'done', id: idOf('x') }])).toEqual([])
    expect(fate([{ kind: 'freq', id: idOf('ours'), offsetBytes: 1000 }])).toEqual(['requested'])
    expect(fate([{ kind: 'freq', id: idOf('ours'), offsetBytes: 1001 }])).toEqual(['closed bad-offset'])
    expect(
      fate([
        { kind: 'done', id: idOf('ours') },
        { kind: 'done', id: idOf('ours') },
      ]),
    ).toEqual(['finished'])
  })

  it('a flood of INFO ends at the limit, and what was finished makes room', () => {
    const { b, liar } = calledByLiar({ offersMax: 3 })
    expect(kinds(b.receive(liar.say(info('1'), info('2'), info('3')), 0))).toEqual([
      'connected',
      ...Array(3).fill('offered'),
    ])
    b.command({ kind: 'finish', id: idOf('1') }, 0)
    expect(kinds(b.receive(liar.say(info('4'), info('5')), 0))).toEqual(['offered', 'closed too-many-offers'])
  })

  it('packets finished early count as well until the session ends', () => {
    const { b, liar } = calledByLiar({ offersMax: 1 })
    b.receive(liar.say(info('1', 100)), 0)
    b.command(
      [
        { kind: 'request', id: idOf('1'), offsetBytes: 0 },
        { kind: 'finish', id: idOf('1') },
      ],
      0,
    )
    expect(b.receive(liar.say(fileOf('1', 0, 50)), 0)).toEqual([])
    expect(kinds(b.receive(liar.say(info('2')), 0))).toEqual(['closed too-many-offers'])
  })
})

describe('malformed payloads', () => {
  const u32 = (value: number) => new XdrWriter().u32(value)
  it.each([
    ['a type that is none', u32(6).bytes(), 'bad-type'],
    ['half a type', Uint8Array.of(0, 0), 'truncated'],
    ['half an INFO', encodePacket(info('x')).subarray(0, 40), 'truncated'],
    ['niceness 256', u32(0).u32(256).u64(10).fixedOpaque(content(32)).bytes(), 'bad-niceness'],
    [
      'a size of 2^53',
      u32(0)
        .u32(96)
        .u64(2n ** 53n)
        .fixedOpaque(content(32))
        .bytes(),
      'bad-size',
    ],
    [
      'an offset of 2^64 - 1',
      u32(1)
        .fixedOpaque(content(32))
        .u64(2n ** 64n - 1n)
        .bytes(),
      'bad-size',
    ],
    ['a length beyond the payload', u32(2).fixedOpaque(content(32)).u64(0).u32(1000).bytes(), 'truncated'],
    ['a length beyond all', u32(2).fixedOpaque(content(32)).u64(0).u32(0xffff_ffff).bytes(), 'bad-xdr'],
    ['filler that is not zero', u32(2).fixedOpaque(content(32)).u64(0).u32(1).u32(0x0100_0001).bytes(), 'bad-xdr'],
  ])('%s', (_, payload, code) => {
    expect(fate([payload])).toEqual([`closed ${code}`])
    const { b, liar } = calledByLiar()
    expect(kinds(b.receive(liar.say({ kind: 'ping' }, payload), 0)).slice(1)).toEqual(['pinged', `closed ${code}`])
  })

  it('passes over an offer of niceness 0, which NNCP can make', () => {
    expect(fate([u32(0).u32(0).u64(10).fixedOpaque(content(32)).bytes(), { kind: 'ping' }])).toEqual(['pinged'])
  })

  it('in the answer to a call', () => {
    expect(kinds(answeredByLiar(padded([encodePacket(info('x'))])))).toEqual(['connected', 'send', 'offered'])
    expect(kinds(answeredByLiar(Uint8Array.of(9)))).toEqual(['connected', 'send', 'closed truncated'])
  })

  it('in the first message, where nothing but offers may stand', () => {
    expect(kinds(calledByLiar({}, [info('x')]).atB)).toEqual(['identified', 'send', 'offered'])
    for (const packet of [
      { kind: 'done', id: idOf('ours') },
      { kind: 'freq', id: idOf('ours'), offsetBytes: 0 },
      fileOf('a', 0, 1),
    ] as const) {
      expect(kinds(calledByLiar({}, [packet]).atB)).toEqual(['identified', 'send', 'closed out-of-turn'])
    }
  })

  it('says one HALT for a payload full of them', () => {
    const { b, liar } = calledByLiar()
    expect(kinds(b.receive(liar.say(padded([new Uint8Array(0)])), 0))).toEqual(['connected', 'halted'])
  })
})

describe('malformed envelopes', () => {
  const open = () => connectedPair().b
  const envelope = (letters: string, version: number, sizeBytes: number) =>
    Uint8Array.from([
      ...Buffer.from(letters),
      0,
      0,
      version,
      ...Buffer.from(sizeBytes.toString(16).padStart(8, '0'), 'hex'),
    ])

  it('closes on another magic, another version, or a length above the limit, before the rest has come', () => {
    for (const machine of [open(), responder()]) {
      expect(kinds(machine.receive(envelope('NNCPX', 1, 0), 0))).toEqual(['closed bad-magic'])
    }
    expect(kinds(open().receive(envelope('NNCPS', 2, 0), 0))).toEqual(['closed bad-version'])
    expect(kinds(open().receive(envelope('NNCPS', 1, payloadBytesMax + 17), 0))).toEqual(['closed too-large'])
    expect(kinds(open().receive(envelope('NNCPS', 1, payloadBytesMax + 16), 0))).toEqual([])
    expect(kinds(responder().receive(envelope('NNCPS', 1, payloadBytesMax + 97), 0))).toEqual(['closed too-large'])
    expect(kinds(responder().receive(envelope('NNCPS', 1, payloadBytesMax + 96), 0))).toEqual([])
  })

  it('closes on an empty message, filler that is not zero, and a message that comes twice', () => {
    expect(kinds(open().receive(envelope('NNCPS', 1, 0), 0))).toEqual(['closed bad-seal'])
    expect(kinds(responder().receive(envelope('NNCPS', 1, 0), 0))).toEqual(['closed bad-handshake'])
    const filled = Uint8Array.from([...envelope('NNCPS', 1, 1), 7, 0, 0, 1])
    expect(kinds(open().receive(filled, 0))).toEqual(['closed bad-xdr'])
    const { b, liar } = calledByLiar()
    const ping = liar.say({ kind: 'ping' })
    b.receive(ping, 0)
    expect(kinds(b.receive(ping, 0))).toEqual(['closed bad-seal'])
  })
})

describe('whatever comes', () => {
  /** Nothing follows the end. */
  const settled = (events: readonly SessionEvent[]) =>
    expect(events.findIndex(event => event.kind === 'closed')).toBeOneOf([-1, events.length - 1])

  it('random bytes make events or end the session', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), fc.boolean(), (chunks, begin) => {
        const machine = begin ? initiator() : responder()
        if (begin) machine.command({ kind: 'begin', offers: [] }, 0)
        for (const chunk of chunks) settled(machine.receive(chunk, 0))
      }),
      { numRuns: 60 },
    )
  })

  it('an altered handshake never connects', () => {
    const first = wire(initiator().command({ kind: 'begin', offers: [offerOf('a')] }, 0))
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.integer({ min: 1, max: 255 }), (spot, early, mask) => {
        const altered = first.slice()
        const at = spot % (early ? 110 : altered.length)
        altered[at] = (altered[at] ?? 0) ^ mask
        const events = responder().receive(altered, 0)
        expect(kinds(events)).not.toContain('identified')
      }),
      { numRuns: 40 },
    )
  })

  it('sealed payloads of nonsense make events or end the session', () => {
    const word = fc.oneof(fc.integer({ min: 0, max: 7 }), fc.nat())
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.string(), (words, seed) => {
        const fresh = calledByLiar()
        const payload = words.reduce((writer, value) => writer.u32(value), new XdrWriter()).bytes()
        const noise = seededRandom(seed)(16)
        settled(fresh.b.receive(fresh.liar.say(payload), 0))
        settled(fresh.b.receive(fresh.liar.say(payload, noise), 0))
      }),
      { numRuns: 25 },
    )
  })
})
