import { describe, expect, it } from 'vitest'
import { content } from '../testkit.ts'
import { pushBytesMax, type SessionOffer } from './index.ts'
import { calledByLiar, connectedPair, idOf, kinds, offerOf, wire } from './testkit.ts'

const takes = { pushes: true }
const push = (offer: SessionOffer, bytes = content(offer.sizeBytes)) => ({ kind: 'push', offer, bytes }) as const

describe('a packet that is pushed', () => {
  it.each([1, 10, 11, 5000, pushBytesMax])(
    'of %i bytes is there without a request, however the line cuts',
    sizeBytes => {
      const { a, b } = connectedPair([], [], {}, takes)
      const offer = offerOf('pushed', sizeBytes)
      const sent = wire(a.command(push(offer), 0))
      const events = [sent.subarray(0, 7), sent.subarray(7)].flatMap(piece => b.receive(piece, 0))
      expect(events).toEqual([{ kind: 'pushed', offer, bytes: content(sizeBytes) }])
      const done = b.command({ kind: 'finish', id: offer.id }, 0)
      expect(a.receive(wire(done), 0)).toEqual([{ kind: 'finished', id: offer.id }])
    },
  )

  it('shares messages with others, in their order', () => {
    const { a, b } = connectedPair([], [], {}, takes)
    const offers = Array.from({ length: 100 }, (_, number) => offerOf(`pushed ${number}`, 1000))
    const sent = a.command(
      [...offers.map(offer => push(offer)), { kind: 'offer', offers: [offerOf('only offered')] }],
      0,
    )
    expect(sent).toHaveLength(2)
    const events = b.receive(wire(sent), 0)
    expect(kinds(events)).toEqual(['offered', ...offers.map(() => 'pushed')])
    expect(events.slice(1)).toMatchObject(offers.map(offer => ({ offer })))
  })

  it('can be requested all the same', () => {
    const { a, b } = connectedPair([], [], {}, takes)
    const offer = offerOf('pushed', 100)
    b.receive(wire(a.command(push(offer), 0)), 0)
    const { id } = offer
    expect(kinds(a.receive(wire(b.command({ kind: 'request', id, offsetBytes: 40 }, 0)), 0))).toEqual(['requested'])
    const rest = a.command({ kind: 'chunk', id, offsetBytes: 40, bytes: content(100).subarray(40) }, 0)
    expect(kinds(b.receive(wire(rest), 0))).toEqual(['chunk'])
  })

  it('is not sent again while it is known, and must be whole', () => {
    const { a } = connectedPair([], [], {}, takes)
    a.command(push(offerOf('pushed')), 0)
    expect(a.command(push(offerOf('pushed')), 0)).toEqual([])
    expect(() => a.command(push(offerOf('short', 10), content(9)), 0)).toThrow(RangeError)
    expect(() => a.command(push(offerOf('large', pushBytesMax + 1)), 0)).toThrow(RangeError)
  })

  it('ends a session that does not take it: nobody asked for that file', () => {
    const { a, b } = connectedPair()
    expect(kinds(b.receive(wire(a.command(push(offerOf('pushed')), 0)), 0))).toEqual(['offered', 'closed unasked'])
  })
})

describe('to a session that takes pushes, a FILE that nobody asked for', () => {
  const info = { kind: 'info', offer: offerOf('a', 100) } as const
  const fileOf = (bytes: number, seed = 'a', offsetBytes = 0) =>
    ({ kind: 'file', id: idOf(seed), offsetBytes, bytes: content(bytes) }) as const

  it.each([
    ['without its INFO', [fileOf(100)]],
    ['that is a part', [info, fileOf(99)]],
    ['that is more', [info, fileOf(101)]],
    ['of another packet', [info, fileOf(100, 'b')]],
    ['behind something else', [info, { kind: 'ping' } as const, fileOf(100)]],
    ['a second time', [info, fileOf(100), fileOf(100)]],
  ])('%s is a fault', (_, packets) => {
    const { b, liar } = calledByLiar({}, [], takes)
    expect(kinds(b.receive(liar.say(...packets), 0)).at(-1)).toBe('closed unasked')
  })

  it('in the next message is a fault', () => {
    const { b, liar } = calledByLiar({}, [], takes)
    expect(kinds(b.receive(liar.say(info), 0))).toEqual(['connected', 'offered'])
    expect(kinds(b.receive(liar.say(fileOf(100)), 0))).toEqual(['closed unasked'])
  })

  it('in the first message is a fault: it may be a replay', () => {
    const { atB } = calledByLiar({}, [info, fileOf(100)], takes)
    expect(kinds(atB).at(-1)).toBe('closed out-of-turn')
  })

  it('as the answer to a request is one', () => {
    const { b, liar } = calledByLiar({}, [], takes)
    b.receive(liar.say(info), 0)
    b.command({ kind: 'request', id: idOf('a'), offsetBytes: 0 }, 0)
    expect(kinds(b.receive(liar.say(info, fileOf(100)), 0))).toEqual(['chunk'])
  })

  it('with another size than before, or beyond the offers that are remembered, is a fault', () => {
    const other = { kind: 'info', offer: offerOf('a', 50) } as const
    const first = calledByLiar({}, [], takes)
    expect(kinds(first.b.receive(first.liar.say(info, other, fileOf(50)), 0)).at(-1)).toBe('closed bad-size')
    const second = calledByLiar({ offersMax: 1 }, [], takes)
    const flood = [info, fileOf(100), { kind: 'info', offer: offerOf('b', 100) } as const, fileOf(100, 'b')]
    expect(kinds(second.b.receive(second.liar.say(...flood), 0)).at(-1)).toBe('closed too-many-offers')
  })
})
