import { randomBytes } from 'node:crypto'
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, it } from 'vitest'
import { sealed, underTrueHash } from '../fixture.ts'
import { HandPeer, type Rig, rig, signal, there, until, whileTimePasses } from './rig.ts'

/** A rig whose far node knows a peer that we drive by hand. */
async function hostile(options: Parameters<typeof rig>[0] = {}) {
  const made = await rig(options)
  const identity = HandPeer.newIdentity()
  await made.far.knows({ identity, id: identity.id })
  made.far.courier.refresh()
  return { ...made, identity, call: () => HandPeer.call(made.network, made.far, identity) }
}

/** The node still serves its neighbours. */
async function expectServed({ here, far, clock, neighbour }: Omit<Rig, 'call'>): Promise<void> {
  const before = (await far.spool.inbox.summary()).packets
  await here.writes(far, `still there ${randomBytes(8).toString('hex')}`)
  const report = await whileTimePasses(clock, here.courier.call(await neighbour(), { signal }))
  expect(report).toMatchObject({ sent: { packets: 1 } })
  expect((await far.spool.inbox.summary()).packets).toBe(before + 1)
}

async function sends(peer: HandPeer, id: PacketId, bytes: Uint8Array): Promise<void> {
  await until(() => peer.closed || peer.heard('requested').some(event => event.id === id))
  peer.say({ kind: 'chunk', id, offsetBytes: 0, bytes })
}

describe('a hostile neighbour', () => {
  it('whose packet is not its hash gets no DONE, and is not asked for it again', async () => {
    const made = await hostile()
    const peer = await made.call()
    const { id, bytes } = sealed(made.identity.id, made.far.id, 'true')
    const other = Buffer.from(bytes).fill(1)
    peer.offer(id, bytes.length)
    await sends(peer, id, other)
    await until(async () => (await made.far.spool.quarantine.count()) === 1)
    expect(peer.heard('finished')).toEqual([])
    await peer.hangUp()
    const again = await made.call()
    again.offer(id, bytes.length)
    const good = sealed(made.identity.id, made.far.id, 'good')
    again.offer(good.id, good.bytes.length)
    await sends(again, good.id, good.bytes)
    await until(() => again.heard('finished').length === 1)
    expect(again.heard('requested').map(event => event.id)).toEqual([good.id])
    await again.hangUp()
    await expectServed(made)
  })

  it.each(['for another node', 'no packet at all', 'of an unknown sender'])('with a packet %s', async kind => {
    const made = await hostile()
    const stranger = HandPeer.newIdentity()
    const packets = {
      'for another node': sealed(made.identity.id, stranger.id, 'x'),
      'no packet at all': underTrueHash(randomBytes(5000)),
      'of an unknown sender': sealed(stranger.id, made.far.id, 'x'),
    }
    const { id, bytes } = packets[kind as keyof typeof packets]
    const peer = await made.call()
    peer.offer(id, bytes.length)
    await sends(peer, id, bytes)
    const next = sealed(made.identity.id, made.far.id, 'next')
    peer.offer(next.id, next.bytes.length)
    await sends(peer, next.id, next.bytes)
    await until(() => peer.heard('finished').length === 1)
    expect(peer.heard('finished')[0]?.id).toBe(next.id)
    expect((await made.far.spool.inbox.summary()).packets).toBe(1)
    await peer.hangUp()
    await expectServed(made)
  })

  it('that floods offers is cut off', async () => {
    const made = await hostile({ limits: { offersMax: 500 } })
    const peer = await made.call()
    const offers = Array.from({ length: 1000 }, (_, number) => underTrueHash(`${number}`))
    peer.say({ kind: 'offer', offers: offers.map(({ id }) => ({ id, sizeBytes: 1000, niceness: 1 })) })
    await until(() => peer.closed)
    await expectServed(made)
  })

  it('that announces more than there is room for is not asked, until there is', async () => {
    let freeBytes = 1_000_000
    const made = await hostile({ far: { freeBytes: async () => freeBytes, limits: { freeBytesMin: 0 } } })
    const peer = await made.call()
    const { id, bytes } = sealed(made.identity.id, made.far.id, Buffer.alloc(1_000_000))
    peer.offer(id, bytes.length)
    const small = sealed(made.identity.id, made.far.id, 'small')
    peer.offer(small.id, small.bytes.length)
    await sends(peer, small.id, small.bytes)
    await until(() => peer.heard('finished').length === 1)
    expect(peer.heard('requested').map(event => event.id)).toEqual([small.id])
    freeBytes = 10_000_000
    await whileTimePasses(made.clock, sends(peer, id, bytes))
    await until(() => peer.heard('finished').length === 2)
    await peer.hangUp()
  })

  it('is offered nothing that is for others', async () => {
    const made = await hostile()
    await made.far.writes(made.here, 'for here')
    const own = await made.far.writes({ id: made.identity.id }, 'for the peer')
    const peer = await made.call()
    await until(() => peer.heard('offered').length > 0)
    expect(peer.heard('offered').map(({ offer }) => offer.id)).toEqual([own])
    peer.say({ kind: 'finish', id: own })
    await until(async () => (await made.far.waiting()) === 1)
    await peer.hangUp()
  })

  it.each([
    ['rubbish', () => randomBytes(200_000)],
    ['an endless envelope', () => Buffer.from('NNCPS\0\0\x01\xff\xff\xff\xff', 'latin1')],
  ])('%s in the middle ends the line', async (_, bytes) => {
    const made = await hostile()
    const peer = await made.call()
    peer.raw(bytes())
    await until(() => peer.closed)
    await expectServed(made)
  })

  it('has few lines at a time: the oldest goes', async () => {
    const made = await hostile({ limits: { linesPerNeighbourMax: 2 } })
    const [first, second, third] = [await made.call(), await made.call(), await made.call()]
    await until(() => first.closed)
    expect([second.closed, third.closed]).toEqual([false, false])
    await Promise.all([second.hangUp(), third.hangUp()])
  })
})

describe('strangers', () => {
  it('get nothing but a closed line', async () => {
    const made = await rig()
    const peer = await HandPeer.call(made.network, made.far, HandPeer.newIdentity())
    expect(peer.closed).toBe(true)
    expect(peer.events).toEqual([])
    await expectServed(made)
  })

  it('1,000 connections that say nothing: few are held, none for long, neighbours are served', async () => {
    const made = await rig({ limits: { callersPerOriginMax: 20 } })
    const dialed = await Promise.all(
      Array.from({ length: 1000 }, () => made.network.transport.dial(new URL(there), { signal })),
    )
    let closed = 0
    for (const connection of dialed) {
      void (async () => {
        for await (const _ of connection.read());
        closed += 1
      })()
    }
    await until(() => closed === 980)
    await whileTimePasses(
      made.clock,
      until(() => closed === 1000),
      1000,
    )
    await expectServed(made)
  })

  it('a handshake that trickles in has no more time than others', async () => {
    const made = await rig()
    const connection = await made.network.transport.dial(new URL(there), { signal })
    let closed = false
    const reading = (async () => {
      for await (const _ of connection.read());
      closed = true
    })()
    const hello = Buffer.from('NNCPS\0\0\x01\0\0\xff\x60', 'latin1')
    for (let sent = 0; !closed; sent += 1) {
      await connection.write(hello.subarray(sent % 12, (sent % 12) + 1)).catch(() => {})
      made.clock.pass(1000)
      await new Promise(resolve => setImmediate(resolve))
      expect(sent).toBeLessThan(100)
    }
    await reading
    await expectServed(made)
  })
})
