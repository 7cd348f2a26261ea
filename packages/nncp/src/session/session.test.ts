import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pureSuite as suite } from '../pure.ts'
import { alice, bob, carol, content, seededRandom } from '../testkit.ts'
import { chunkBytesMax, type Session, type SessionEvent, session } from './index.ts'
import { connectedPair, idOf, initiator, kinds, offerOf, responder, wire } from './testkit.ts'

const large = 200_000
const file = content(large)

/** A whole session with files both ways, told as events; every delivery passes `cut`. */
function wholeSession(cut: (bytes: Uint8Array) => Uint8Array[]): Record<'atA' | 'atB', SessionEvent[]> {
  const [a, b] = [initiator(), responder()]
  const all: Record<'atA' | 'atB', SessionEvent[]> = { atA: [], atB: [] }
  const queue: { to: 'a' | 'b'; bytes: Uint8Array }[] = []
  const note = (side: 'a' | 'b', events: readonly SessionEvent[]) => {
    all[side === 'a' ? 'atA' : 'atB'].push(...events)
    for (const event of events) {
      if (event.kind === 'send') queue.push({ to: side === 'a' ? 'b' : 'a', bytes: event.bytes })
    }
    for (const event of events) react(side, event)
  }
  const tell = (side: 'a' | 'b', command: Parameters<Session['command']>[0]) =>
    note(side, (side === 'a' ? a : b).command(command, 0))
  const react = (side: 'a' | 'b', event: SessionEvent) => {
    if (event.kind === 'identified') tell('b', { kind: 'answer', offers: [offerOf('b', large, 224), offerOf('b2', 1)] })
    if (event.kind === 'offered') tell(side, { kind: 'request', id: event.offer.id, offsetBytes: 0 })
    if (event.kind === 'requested') {
      const bytes = event.id === idOf('b2') ? file.subarray(0, 1) : file
      tell(side, { kind: 'chunk', id: event.id, offsetBytes: 0, bytes })
    }
    if (event.kind !== 'chunk') return
    const end = event.offsetBytes + event.bytes.length
    if (end === large || event.id === idOf('b2')) tell(side, { kind: 'finish', id: event.id })
  }
  tell('a', { kind: 'begin', offers: [offerOf('a', large)] })
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const piece of cut(next.bytes)) note(next.to, (next.to === 'a' ? a : b).receive(piece, 0))
  }
  return all
}

function pieces(bytes: Uint8Array, sizeOf: () => number): Uint8Array[] {
  const cut: Uint8Array[] = []
  for (let at = 0, size = sizeOf(); at < bytes.length; at += size, size = sizeOf()) {
    cut.push(bytes.slice(at, at + size))
  }
  return cut
}

function bytesOf(events: readonly SessionEvent[], seed: string): Uint8Array {
  const chunks = events.filter(event => event.kind === 'chunk').filter(event => event.id === idOf(seed))
  return new Uint8Array(Buffer.concat(chunks.map(chunk => chunk.bytes)))
}

describe('a session with itself', () => {
  const whole = wholeSession(bytes => [bytes])

  it('carries files both ways and ends each with DONE', () => {
    expect(bytesOf(whole.atB, 'a')).toEqual(file)
    expect(bytesOf(whole.atA, 'b')).toEqual(file)
    expect(bytesOf(whole.atA, 'b2')).toEqual(file.slice(0, 1))
    expect(whole.atA).toContainEqual({ kind: 'connected', peer: bob.id })
    expect(whole.atB).toContainEqual({ kind: 'connected', peer: alice.id })
    expect(whole.atA.filter(event => event.kind === 'finished')).toEqual([{ kind: 'finished', id: idOf('a') }])
    expect(whole.atB.filter(event => event.kind === 'finished')).toHaveLength(2)
    expect(kinds([...whole.atA, ...whole.atB]).filter(kind => kind.startsWith('closed'))).toEqual([])
  })

  it('says the same when the line comes byte by byte', () => {
    expect(wholeSession(bytes => pieces(bytes, () => 1))).toEqual(whole)
  })

  it('says the same at random cuts', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 100_000 }), (seed, sizeMax) => {
        const random = seededRandom(seed)
        const sizeOf = () => 1 + (new DataView(random(4).buffer.slice(0)).getUint32(0) % sizeMax)
        const cut = wholeSession(bytes => pieces(bytes, sizeOf))
        expect(Buffer.from(bytesOf(cut.atB, 'a')).equals(file)).toBe(true)
        expect(kinds(cut.atA)).toEqual(kinds(whole.atA))
        expect(kinds(cut.atB)).toEqual(kinds(whole.atB))
      }),
      { numRuns: 5 },
    )
  })
})

describe('the handshake', () => {
  it('shows by its size neither how much there is to send nor to whom', () => {
    const sizeOf = (count: number) => {
      const offers = Array.from({ length: count }, (_, index) => offerOf(`offer ${index}`))
      return wire(initiator().command({ kind: 'begin', offers }, 0)).length
    }
    // Magic 8, length 4, key 32, static key and tag 48, payload 65,280, tag 16.
    expect([sizeOf(0), sizeOf(1), sizeOf(1360), sizeOf(1361)]).toEqual([65_388, 65_388, 65_388, 65_388])
  })

  it('tells more offers than fit afterwards, and those that came meanwhile', () => {
    const offers = Array.from({ length: 3000 }, (_, index) => offerOf(`offer ${index}`))
    const [a, b] = [initiator(), responder()]
    const first = wire(
      a.command(
        [
          { kind: 'begin', offers },
          { kind: 'offer', offers: [offerOf('late')] },
        ],
        0,
      ),
    )
    b.receive(first, 0)
    const answer = b.command({ kind: 'answer', offers }, 0)
    const atA = a.receive(wire(answer), 0)
    const atB = [...answer, ...b.receive(wire(atA), 0)]
    expect(atB.filter(event => event.kind === 'offered').map(event => event.offer)).toEqual([
      ...offers,
      offerOf('late'),
    ])
    expect(atA.filter(event => event.kind === 'offered').map(event => event.offer)).toEqual(offers)
  })

  it('proves the initiator to the responder even if there is nothing to say', () => {
    const { atA, atB } = connectedPair()
    expect(kinds(atA)).toEqual(['connected', 'send'])
    expect(kinds(atB)).toEqual(['identified', 'send', 'connected', 'pinged'])
  })

  it('answers a replayed first message, and gets no further than old offers', () => {
    const a = initiator()
    const first = wire(a.command({ kind: 'begin', offers: [offerOf('a')] }, 0))
    const again = wire(a.receive(wire(answered(responder(), first)), 0))
    const b = session({ suite, random: seededRandom('later'), identity: bob, peerOf: () => alice })
    expect(kinds(answered(b, first))).toEqual(['send', 'offered'])
    expect(kinds(b.receive(again, 0))).toEqual(['closed bad-seal'])
  })

  it('refuses callers that nobody knows, and calls for others', () => {
    const first = wire(initiator().command({ kind: 'begin', offers: [] }, 0))
    const stranger = session({ suite, random: seededRandom('x'), identity: bob, peerOf: () => undefined })
    expect(kinds(stranger.receive(first, 0))).toEqual(['closed unknown-peer'])
    expect(kinds(responder({}, carol).receive(first, 0))).toEqual(['closed bad-handshake'])
  })

  it('refuses an answer by another node than was called', () => {
    const a = initiator()
    a.command({ kind: 'begin', offers: [] }, 0)
    const other = session({ suite, random: seededRandom('x'), identity: alice, peer: bob })
    const answer = answered(responder(), wire(other.command({ kind: 'begin', offers: [] }, 0)))
    expect(kinds(a.receive(wire(answer), 0))).toEqual(['closed bad-handshake'])
  })

  it('refuses bytes out of turn, and misuse by its host', () => {
    expect(kinds(initiator().receive(Uint8Array.of(1), 0))).toEqual(['closed out-of-turn'])
    const b = responder()
    const first = wire(initiator().command({ kind: 'begin', offers: [] }, 0))
    const more = new Uint8Array(first.length + 1)
    more.set(first)
    expect(kinds(b.receive(more, 0))).toEqual(['identified', 'closed out-of-turn'])
    expect(() => responder().command({ kind: 'begin', offers: [] }, 0)).toThrow(RangeError)
    expect(() => responder().command({ kind: 'answer', offers: [] }, 0)).toThrow(RangeError)
    expect(() => initiator().command({ kind: 'halt' }, 0)).toThrow(RangeError)
    expect(() => initiator({}, { ...bob, noiseKey: null })).toThrow(RangeError)
    expect(() => session({ suite, random: seededRandom('x'), identity: bob })).toThrow(RangeError)
    expect(
      kinds(initiator({}, { ...bob, noiseKey: new Uint8Array(32) }).command({ kind: 'begin', offers: [] }, 0)),
    ).toEqual(['closed bad-key'])
  })
})

describe('deadlines', () => {
  it('starts the clock of the handshake with the first call, and ends it after 10 s', () => {
    for (const machine of [initiator(), responder()]) {
      expect(machine.nextWakeAt).toBe(0)
      expect(machine.wake(1000)).toEqual([])
      expect(machine.nextWakeAt).toBe(11_000)
      expect(machine.wake(10_999)).toEqual([])
      expect(kinds(machine.wake(11_000))).toEqual(['closed handshake-timeout'])
      expect(machine.nextWakeAt).toBeNull()
      expect(machine.wake(99_000)).toEqual([])
      expect(machine.receive(Uint8Array.of(1), 99_000)).toEqual([])
      expect(machine.command({ kind: 'begin', offers: [] }, 99_000)).toEqual([])
    }
  })

  it('does not let a trickle of bytes hold the handshake open', () => {
    const b = responder()
    const first = wire(initiator().command({ kind: 'begin', offers: [] }, 0))
    for (let second = 0; second < 10; second += 1) b.receive(first.subarray(second, second + 1), second * 1000)
    expect(kinds(b.wake(10_000))).toEqual(['closed handshake-timeout'])
  })

  it('pings after a minute without sending, and gives up after two without receiving', () => {
    const { a, b } = connectedPair()
    expect(a.nextWakeAt).toBe(60_000)
    expect(a.wake(59_999)).toEqual([])
    const ping = a.wake(60_000)
    expect(kinds(b.receive(wire(ping), 60_000))).toEqual(['pinged'])
    expect(a.nextWakeAt).toBe(120_000)
    expect(kinds(a.wake(120_000))).toEqual(['closed silence'])
    expect(kinds(b.wake(120_000))).toEqual(['send'])
    expect(kinds(b.wake(180_000))).toEqual(['closed silence'])
  })

  it('takes other limits, and refuses nonsense', () => {
    const { a } = connectedPair([], [], { pingAfterMs: 5, silenceMsMax: 9 })
    expect(a.nextWakeAt).toBe(5)
    for (const bad of [0, -1, 0.5, Number.NaN]) expect(() => initiator({ offersMax: bad })).toThrow(RangeError)
  })
})

describe('sending', () => {
  it('puts many small packets into few messages', () => {
    const offers = Array.from({ length: 100 }, (_, index) => offerOf(`offer ${index}`))
    const { b } = connectedPair(offers)
    const requests = offers.map(({ id }) => ({ kind: 'request', id, offsetBytes: 0 }) as const)
    expect(kinds(b.command(requests, 0))).toEqual(['send'])
  })

  it('cuts a chunk to what a message holds', () => {
    const { a, b } = connectedPair([offerOf('a', large)])
    a.receive(wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes: 0 }, 0)), 0)
    const sent = a.command({ kind: 'chunk', id: idOf('a'), offsetBytes: 0, bytes: file }, 0)
    const got = b.receive(wire(sent), 0).filter(event => event.kind === 'chunk')
    expect(got.map(({ bytes }) => bytes.length)).toEqual([
      chunkBytesMax,
      chunkBytesMax,
      chunkBytesMax,
      large - 3 * chunkBytesMax,
    ])
  })

  it('passes over chunks that nobody waits for, and does not pass the offered size', () => {
    const { a, b } = connectedPair([offerOf('a', 10)])
    const chunk = (offsetBytes: number, sizeBytes: number) =>
      a.command({ kind: 'chunk', id: idOf('a'), offsetBytes, bytes: content(sizeBytes) }, 0)
    expect(chunk(0, 10)).toEqual([])
    a.receive(wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes: 4 }, 0)), 0)
    expect(chunk(0, 10)).toEqual([])
    expect(() => chunk(4, 7)).toThrow(RangeError)
    expect(kinds(b.receive(wire(chunk(4, 6)), 0))).toEqual(['chunk'])
    expect(chunk(4, 6)).toEqual([])
    a.receive(wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes: 0 }, 0)), 0)
    expect(kinds(a.receive(wire(b.command({ kind: 'halt' }, 0)), 0))).toEqual(['halted'])
    expect(chunk(0, 10)).toEqual([])
  })

  it('sends an empty chunk for an offset at the end', () => {
    const { a, b } = connectedPair([offerOf('a', 10)])
    a.receive(wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes: 10 }, 0)), 0)
    const sent = a.command({ kind: 'chunk', id: idOf('a'), offsetBytes: 10, bytes: new Uint8Array(0) }, 0)
    const [event] = b.receive(wire(sent), 0)
    expect(event).toEqual({ kind: 'chunk', id: idOf('a'), offsetBytes: 10, bytes: new Uint8Array(0) })
  })

  it('makes an offer once, and no more of them than the limit', () => {
    const { a, b } = connectedPair([offerOf('a')], [], { offersMax: 2 })
    expect(a.command({ kind: 'offer', offers: [offerOf('a')] }, 0)).toEqual([])
    const sent = a.command({ kind: 'offer', offers: [offerOf('b'), offerOf('c')] }, 0)
    expect(kinds(b.receive(wire(sent), 0))).toEqual(['offered'])
    a.receive(wire(b.command({ kind: 'finish', id: idOf('a') }, 0)), 0)
    expect(kinds(b.receive(wire(a.command({ kind: 'offer', offers: [offerOf('c')] }, 0)), 0))).toEqual(['offered'])
  })
})

describe('receiving what was under way', () => {
  function underWay(change: (b: Session) => Uint8Array, again = 20): SessionEvent[] {
    const { a, b } = connectedPair([offerOf('a', 100)])
    a.receive(wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes: 0 }, 0)), 0)
    const chunk = (start: number, end: number) =>
      wire(a.command({ kind: 'chunk', id: idOf('a'), offsetBytes: start, bytes: file.subarray(start, end) }, 0))
    b.receive(chunk(0, 20), 0)
    const late = chunk(20, 60)
    const said = change(b)
    const events = b.receive(late, 0)
    a.receive(said, 0)
    return [...events, ...b.receive(chunk(again, 70), 0), ...b.receive(chunk(70, 100), 0)]
  }

  it('delivers each byte once after halt and a new request', () => {
    const events = underWay(b =>
      wire(b.command([{ kind: 'halt' }, { kind: 'request', id: idOf('a'), offsetBytes: 20 }], 0)),
    )
    expect(bytesOf(events, 'a')).toEqual(file.slice(20, 100))
    expect(kinds(events)).toEqual(['chunk', 'chunk', 'chunk'])
  })

  it('cuts away what overlaps, and waits through what is not there yet', () => {
    const request = (offsetBytes: number) => (b: Session) =>
      wire(b.command({ kind: 'request', id: idOf('a'), offsetBytes }, 0))
    expect(bytesOf(underWay(request(40), 40), 'a')).toEqual(file.slice(40, 100))
    expect(bytesOf(underWay(request(10), 10), 'a')).toEqual(file.slice(10, 100))
  })

  it('is silent about a packet that was finished meanwhile', () => {
    const events = underWay(b => wire(b.command({ kind: 'finish', id: idOf('a') }, 0)))
    expect(events).toEqual([])
  })
})

function answered(b: Session, first: Uint8Array): SessionEvent[] {
  expect(kinds(b.receive(first, 0))).toEqual(['identified'])
  return b.command({ kind: 'answer', offers: [] }, 0)
}
