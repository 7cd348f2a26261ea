import { randomBytes } from 'node:crypto'
import { pushBytesMax } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { describe, expect, it } from 'vitest'
import { OperatingError } from '../../../base/errors.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import { sealed } from '../fixture.ts'
import { HandPeer, rig, until, whileTimePasses } from './rig.ts'

/** A node, and a peer that we drive by hand, with a card that says that it takes pushes or does not. */
async function connected(pushes: boolean, options: Parameters<typeof rig>[0] = {}) {
  const made = await rig(options)
  const identity = HandPeer.newIdentity()
  const content = { name: 'peer', domains: [], addresses: [], acknowledges: true, pushes, issuedAt: 1 }
  await made.far.knows({ identity, id: identity.id }, 'ack', [], cardLink(pureSuite, identity, content))
  made.far.courier.refresh()
  const peer = await HandPeer.call(made.network, made.far, identity)
  const writes = async (text: string | Uint8Array, niceness?: number) => {
    const id = await made.far.writes({ id: identity.id }, text, niceness)
    made.far.courier.departed()
    return id
  }
  return { ...made, identity, peer, writes }
}

describe('to a neighbour whose card says that it takes pushes', () => {
  it('a small packet goes at once, and leaves with DONE', async () => {
    const { far, peer, writes } = await connected(true)
    const id = await writes('at once')
    await until(() => peer.heard('pushed').length === 1)
    const [pushed] = peer.heard('pushed')
    expect(pushed?.offer).toMatchObject({ id, niceness: 96 })
    expect(Buffer.from(pushed?.bytes ?? []).includes('at once')).toBe(true)
    expect(await far.waiting()).toBe(1)
    peer.say({ kind: 'finish', id })
    await until(async () => (await far.waiting()) === 0)
    expect(peer.heard('offered')).toEqual([])
    await peer.hangUp()
  })

  it('a large one is offered, and what it does not take waits to be requested', async () => {
    const { peer, writes } = await connected(true)
    const large = await writes(Buffer.alloc(pushBytesMax))
    await until(() => peer.heard('offered').length === 1)
    expect(peer.heard('offered')[0]?.offer.id).toBe(large)
    const small = await writes('not now')
    await until(() => peer.heard('pushed').length === 1)
    peer.say({ kind: 'halt' })
    peer.say({ kind: 'request', id: small, offsetBytes: 0 })
    await until(() => peer.heard('chunk').length === 1)
    expect(peer.heard('chunk')[0]).toMatchObject({ id: small, offsetBytes: 0 })
    await peer.hangUp()
  })

  it('no more than a bounded number of bytes goes unasked; the rest is offered', async () => {
    const { peer, writes } = await connected(true, { limits: { pushedBytesMax: 5000 } })
    const ids = []
    for (let number = 0; number < 10; number += 1) ids.push(await writes(Buffer.alloc(1000, number)))
    await until(() => peer.heard('pushed').length + peer.heard('offered').length === 10)
    expect(peer.heard('pushed').length).toBeGreaterThan(1)
    expect(peer.heard('pushed').length).toBeLessThan(5)
    for (const { offer } of peer.heard('pushed')) peer.say({ kind: 'finish', id: offer.id })
    const before = peer.heard('pushed').length
    await until(async () => {
      await writes(randomBytes(100))
      return peer.heard('pushed').length > before
    })
    await peer.hangUp()
  })

  it('what waited before the line was open is offered: it may be there by another road', async () => {
    const { far, network, peer, identity } = await connected(true)
    await peer.hangUp()
    const id = await far.writes({ id: identity.id }, 'before')
    const again = await HandPeer.call(network, far, identity)
    await until(() => again.heard('offered').length === 1)
    expect(again.heard('offered')[0]?.offer.id).toBe(id)
    expect(again.heard('pushed')).toEqual([])
    await again.hangUp()
  })
})

it('to a neighbour whose card does not say so nothing is pushed', async () => {
  const { peer, writes } = await connected(false)
  const id = await writes('offered only')
  await until(() => peer.heard('offered').length === 1)
  expect(peer.heard('offered')[0]?.offer.id).toBe(id)
  expect(peer.heard('pushed')).toEqual([])
  await peer.hangUp()
})

describe('a packet that a neighbour pushes', () => {
  const push = (peer: HandPeer, { id, bytes }: ReturnType<typeof sealed>, niceness = 96) =>
    peer.say({ kind: 'push', offer: { id, sizeBytes: bytes.length, niceness }, bytes })

  it('is taken over without a request; a second time DONE is all', async () => {
    const { far, peer, identity } = await connected(true)
    const packet = sealed(identity.id, far.id, 'pushed')
    push(peer, packet)
    await until(() => peer.heard('finished').length === 1 || peer.closed)
    expect((await far.spool.inbox.due(1, 9)).map(({ id, told }) => ({ id, told }))).toEqual([
      { id: packet.id, told: true },
    ])
    await far.toss()
    expect(far.delivered).toEqual(['pushed'])
    expect(await far.waiting()).toBe(0)
    await peer.hangUp()
    expect(peer.heard('requested')).toEqual([])
  })

  it('that is not its hash is not taken over, and the line goes on', async () => {
    const { far, peer, identity } = await connected(true)
    const { id, bytes } = sealed(identity.id, far.id, 'true')
    push(peer, { id, bytes: Buffer.from(bytes).fill(1) })
    await until(async () => (await far.spool.quarantine.count()) === 1)
    const good = sealed(identity.id, far.id, 'good')
    push(peer, good)
    await until(() => peer.heard('finished').length === 1)
    expect(peer.heard('finished')[0]?.id).toBe(good.id)
    await peer.hangUp()
  })

  it('for which there is no room stays with it, and is requested when there is', async () => {
    let freeBytes = 0
    const options = { far: { freeBytes: async () => freeBytes, limits: { freeBytesMin: 0 } } }
    const { far, clock, peer, identity } = await connected(true, options)
    const packet = sealed(identity.id, far.id, 'later')
    push(peer, packet)
    await whileTimePasses(clock, new Promise(resolve => setImmediate(resolve)))
    expect(peer.heard('finished')).toEqual([])
    freeBytes = 1_000_000
    await whileTimePasses(
      clock,
      until(() => peer.heard('requested').length === 1),
    )
    peer.say({ kind: 'chunk', id: packet.id, offsetBytes: 0, bytes: packet.bytes })
    await until(() => peer.heard('finished').length === 1)
    await peer.hangUp()
  })

  it('keeps its sender when the inbox cannot keep it', async () => {
    const { far, peer, identity } = await connected(true)
    far.spool.inbox.commit = async () => {
      throw new OperatingError('no room', { code: 'disk-full', retry: 'later' })
    }
    push(peer, sealed(identity.id, far.id, 'lost'))
    await until(() => peer.closed)
    expect(peer.heard('finished')).toEqual([])
  })
})
