/** Letters through relays: three and four nodes, who must keep what, and what a relay does not pass on. */
import { idPath, type NodeId, readEncryptedHeader } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isNotAwaited } from '../../stores/spool/spool.ts'
import type { RelayPolicy } from './index.ts'
import { Office, queueOf, streamOf } from './rig.ts'

let offices: Office[] = []

afterEach(async () => {
  for (const office of offices) await office.stop()
  offices = []
})

async function open(name: string, policy: Partial<RelayPolicy> = {}): Promise<Office> {
  const office = await Office.open(name, ['alice', 'bob'], store => store, policy)
  offices.push(office)
  return office
}

const through = (...relays: Office[]) => ({ via: relays.map(relay => relay.identity.id) })
const letter = (id: string) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`
const set = (office: Office) => office.spool.quarantine.list(10)
const reasons = async (office: Office) => (await set(office)).map(({ reason }) => reason)
const waiting = async (office: Office) => (await office.spool.outbox.summary()).reduce((sum, q) => sum + q.packets, 0)

/**
 * What lies in `from`'s outbox for `to` is handed over, as by a stick: the packet's header names who sealed it, the
 * directory who brought it. Acks leave the outbox by it, all others stay.
 */
async function hand(from: Office, to: Office): Promise<number> {
  const queue = await queueOf(from, to)
  for (const { id, kind } of queue) {
    const body = await from.spool.outbox.open(id)
    if (body === undefined) throw new Error('a packet has no body')
    const handedBy = from.identity.id
    await to.arrive({ bytes: body.read(), sender: await senderIn(body.read()), handedBy })
    if (isNotAwaited(kind)) await from.spool.outbox.release(id, 1)
  }
  return queue.length
}

async function senderIn(bytes: AsyncIterable<Uint8Array>): Promise<NodeId> {
  for await (const chunk of bytes) return readEncryptedHeader(chunk).sender
  throw new Error('an empty packet')
}

/** Sticks go between the nodes as they stand in a row, there and back, until nothing moves or `roundsMax`. */
async function carryAlong(row: readonly Office[], roundsMax = 12): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    let moved = 0
    for (const way of [row, row.toReversed()]) {
      for (const [at, from] of way.entries()) {
        const to = way[at + 1]
        if (to !== undefined) moved += await hand(from, to)
      }
    }
    if (moved === 0) return
  }
  throw new Error('it never comes to rest')
}

describe('three nodes', () => {
  let valley: Office
  let pass: Office
  let ridge: Office

  beforeEach(async () => {
    valley = await open('valley')
    pass = await open('pass', { from: ['valley', 'ridge'] })
    ridge = await open('ridge')
    await valley.knows(pass)
    await valley.knows(ridge, through(pass))
    await pass.knows(valley)
    await pass.knows(ridge)
    await ridge.knows(pass)
    await ridge.knows(valley, through(pass))
  })

  const write = (id = 'over', office = valley) =>
    office.send(office.address('alice'), [(office === valley ? ridge : valley).address('bob')], letter(id))

  it('a letter goes through the relay and custody from hand to hand, until nobody keeps it', async () => {
    await write()
    await hand(valley, pass)
    expect(await queueOf(pass, ridge)).toMatchObject([
      { kind: 'relayed', destination: ridge.identity.id, niceness: 96 },
    ])
    expect(await waiting(valley)).toBe(1)
    await hand(pass, valley)
    expect(await waiting(valley)).toBe(0)
    await hand(pass, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await queueOf(pass, ridge)).toHaveLength(1)
    expect(await queueOf(ridge, valley)).toEqual([])
    await hand(ridge, pass)
    for (const office of offices) expect(await waiting(office)).toBe(0)
    for (const office of offices) expect(await set(office)).toEqual([])
  })

  it('who gets a letter is told by which road it came here, and from the last relay', async () => {
    await write()
    const before = Date.now()
    await carryAlong([valley, pass, ridge])
    const [arrival, ...more] = await ridge.journeys.arrivals('bob', ['over@test'])
    expect(arrival).toMatchObject({ road: 'test', broughtBy: pass.identity.id })
    expect(arrival?.takenInAt).toBeGreaterThanOrEqual(before)
    expect(arrival?.at).toBeGreaterThanOrEqual(arrival?.takenInAt ?? Number.POSITIVE_INFINITY)
    expect(more).toEqual([])
    expect(await pass.journeys.arrivals('bob', ['over@test'])).toEqual([])
  })

  it('letters both ways, every stick plugged in again and again: each once, and nothing stays', async () => {
    await write('there')
    await write('back', ridge)
    await carryAlong([valley, pass, ridge])
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await valley.letters('bob')).toHaveLength(1)
    for (const office of offices) expect(await waiting(office)).toBe(0)
  })

  it('a lost ack to the relay is given again when the relay brings the packet again', async () => {
    await write()
    await hand(valley, pass)
    await hand(pass, ridge)
    for (const { id } of await queueOf(ridge, pass)) await ridge.spool.outbox.release(id, 1)
    await hand(pass, ridge)
    await hand(ridge, pass)
    expect(await queueOf(pass, ridge)).toEqual([])
    expect(await ridge.letters('bob')).toHaveLength(1)
  })

  it('an ack that itself goes through a relay stays nowhere', async () => {
    // Ridge hears valley, but answers through pass only.
    await valley.knows(ridge)
    await write()
    await hand(valley, ridge)
    await hand(ridge, pass)
    expect(await queueOf(pass, valley)).toMatchObject([{ kind: 'relayed-ack' }])
    expect(await queueOf(pass, ridge)).toEqual([])
    await hand(pass, valley)
    for (const office of offices) expect(await waiting(office)).toBe(0)
  })

  it('an ack of stock NNCP, which does not say what it is, stays at no relay either', async () => {
    await valley.knows(ridge)
    await valley.knows(ridge, { posthorn: false })
    await write()
    const [packet] = await queueOf(valley, ridge)
    const ack = { type: 'ack', niceness: 96, path: idPath(packet?.id ?? expect.unreachable()) } as const
    const chunks: Uint8Array[] = []
    for await (const chunk of ridge.seal(valley, ack, streamOf())) chunks.push(chunk)
    await pass.arrive(trns(ridge, pass, valley.identity.id, Buffer.concat(chunks)))
    await carryAlong([valley, pass, ridge])
    for (const office of offices) expect(await waiting(office)).toBe(0)
  })

  it('a relay that was not told to relays for nobody and acknowledges nothing: the letter stays', async () => {
    const hut = await open('hut')
    await hut.knows(valley)
    await hut.knows(ridge)
    await valley.knows(hut)
    await valley.knows(ridge, through(hut))
    await write()
    await hand(valley, hut)
    expect(await reasons(hut)).toEqual([expect.stringContaining('[relay] from = ["valley"]')])
    expect(await waiting(hut)).toBe(0)
    await hand(valley, hut)
    expect(await waiting(hut)).toBe(0)
    expect(await waiting(valley)).toBe(1)
  })

  it('what was set aside is passed on when its reason is gone', async () => {
    await pass.directory.neighbours.remove(ridge.identity.id)
    await write()
    await hand(valley, pass)
    expect(await reasons(pass)).toEqual([expect.stringContaining(ridge.identity.id)])
    await pass.knows(ridge)
    const [entry] = await set(pass)
    expect(await pass.spool.quarantine.retry(entry?.number ?? 0, 1)).toMatchObject({ room: 'inbox' })
    pass.office.arrived()
    await pass.settled()
    await carryAlong([valley, pass, ridge])
    expect(await ridge.letters('bob')).toHaveLength(1)
    for (const office of offices) expect(await waiting(office)).toBe(0)
  })

  it('a neighbour removed while packets of others wait for it: they are set aside, and can go back', async () => {
    await write()
    await hand(valley, pass)
    await pass.directory.neighbours.remove(ridge.identity.id)
    expect(await pass.office.giveUp(ridge.identity.id)).toBe(1)
    expect(await waiting(pass)).toBe(1)
    expect(await reasons(pass)).toEqual([expect.stringContaining('removed')])
    await pass.knows(ridge)
    const [entry] = await set(pass)
    expect(await pass.spool.quarantine.retry(entry?.number ?? 0, 1)).toMatchObject({ room: 'outbox' })
    await carryAlong([valley, pass, ridge])
    expect(await ridge.letters('bob')).toHaveLength(1)
    for (const office of offices) expect(await waiting(office)).toBe(0)
  })

  it('the same packet in another wrapping goes once while it waits, and again when it is sent again', async () => {
    await write()
    await hand(valley, pass)
    const inner = await bytesIn(pass, ridge)
    const [first] = await queueOf(pass, ridge)
    await pass.arrive(trns(valley, pass, ridge.identity.id, inner))
    expect(await queueOf(pass, ridge)).toEqual([first])
    await pass.spool.outbox.acknowledge(first?.id ?? expect.unreachable(), ridge.identity.id, 1)
    await pass.arrive(trns(valley, pass, ridge.identity.id, inner))
    expect((await queueOf(pass, ridge)).map(({ id }) => id)).toEqual([first?.id])
    expect(await set(pass)).toEqual([])
  })

  describe('is not passed on, nor acknowledged:', () => {
    const refused = async (why: string) => {
      expect(await reasons(pass)).toEqual([expect.stringContaining(why)])
      expect(await waiting(pass)).toBe(0)
    }
    const innerFor = async () => {
      await write()
      await hand(valley, pass)
      const bytes = await bytesIn(pass, ridge)
      await pass.spool.outbox.release((await queueOf(pass, ridge))[0]?.id ?? expect.unreachable(), 1)
      for (const { id } of await queueOf(pass, valley)) await pass.spool.outbox.release(id, 1)
      return bytes
    }

    it('a packet for another than it says', async () => {
      const hut = await open('hut')
      await pass.knows(hut)
      await pass.arrive(trns(valley, pass, hut.identity.id, await innerFor()))
      await refused('sealed for another node')
    })

    it('bytes that are no packet', async () => {
      for (const junk of [Buffer.alloc(0), Buffer.alloc(500, 'junk')]) {
        await pass.arrive(trns(valley, pass, ridge.identity.id, junk))
      }
      expect(await set(pass)).toHaveLength(2)
      expect(await waiting(pass)).toBe(0)
    })

    it('a packet for the relay itself, or for the node it came from', async () => {
      const inner = await innerFor()
      await pass.arrive(trns(valley, pass, pass.identity.id, inner))
      await pass.arrive(trns(valley, pass, valley.identity.id, inner))
      expect(await reasons(pass)).toEqual([
        expect.stringContaining('back to where it came from'),
        expect.stringContaining('this one itself'),
      ])
      expect(await waiting(pass)).toBe(0)
    })

    it('a packet to a neighbour that nothing may be relayed to', async () => {
      const inner = await innerFor()
      const strict = await open('strict', { from: ['*'], to: ['valley'] })
      await strict.knows(valley)
      await strict.knows(ridge)
      await strict.arrive(trns(valley, strict, ridge.identity.id, inner))
      expect(await reasons(strict)).toEqual([expect.stringContaining('[relay] to = ["ridge"]')])
      expect(await waiting(strict)).toBe(0)
    })
  })

  it('no more than the quota waits for others, though all come at once', async () => {
    const narrow = await open('narrow', { from: ['*'], bytesMax: 2500 })
    await narrow.knows(valley)
    await narrow.knows(ridge)
    await valley.knows(narrow)
    await valley.knows(ridge, through(narrow))
    for (let turn = 0; turn < 6; turn += 1) await write(`one-${turn}`)
    const arrivals = (await queueOf(valley, narrow)).map(async ({ id }) => {
      const body = await valley.spool.outbox.open(id)
      await narrow.arrive({ bytes: body?.read() ?? expect.unreachable(), sender: valley.identity.id })
    })
    await Promise.all(arrivals)
    expect(await queueOf(narrow, ridge)).toHaveLength(3)
    expect(await reasons(narrow)).toEqual(Array(3).fill(expect.stringContaining('bytes_max')))
    expect(await queueOf(narrow, valley)).toHaveLength(3)
  })
})

describe('roads that go one way, in a ring', () => {
  it('carry letters and acks round, and come to rest', async () => {
    const ring = [await open('valley', { from: ['*'] }), await open('ridge', { from: ['*'] })]
    ring.push(await open('pass', { from: ['*'] }))
    const [valley, ridge, pass] = ring as [Office, Office, Office]
    for (const [at, office] of ring.entries()) {
      const [next, last] = [ring[(at + 1) % 3], ring[(at + 2) % 3]] as [Office, Office]
      await office.knows(next)
      await office.knows(last, through(next))
    }
    await valley.send(valley.address('alice'), [ridge.address('bob'), pass.address('bob')], letter('round'))
    for (let bus = 0; bus < 20; bus += 1) {
      await hand(ring[bus % 3] ?? expect.unreachable(), ring[(bus + 1) % 3] ?? expect.unreachable())
    }
    for (const office of [ridge, pass]) expect(await office.letters('bob')).toHaveLength(1)
    for (const office of ring) expect(await waiting(office)).toBe(0)
    for (const office of ring) expect(await set(office)).toEqual([])
  })
})

describe('four nodes', () => {
  it('a letter goes through two relays in an onion, and comes back to rest everywhere', async () => {
    const [valley, hut, pass, ridge] = [
      await open('valley'),
      await open('hut', { from: ['*'] }),
      await open('pass', { from: ['*'] }),
      await open('ridge'),
    ]
    const row = [valley, hut, pass, ridge]
    for (const office of row) for (const other of row) if (other !== office) await office.knows(other)
    await valley.knows(ridge, through(hut, pass))
    await ridge.knows(valley, through(pass, hut))
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('far'))
    await ridge.send(ridge.address('alice'), [valley.address('bob')], letter('home'))
    await carryAlong(row)
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await valley.letters('bob')).toHaveLength(1)
    for (const office of row) expect(await waiting(office)).toBe(0)
    for (const office of row) expect(await set(office)).toEqual([])
  })

  it('each relay may know its own way to the next: it wraps what it passes on', async () => {
    const [valley, hut, pass, ridge] = [
      await open('valley'),
      await open('hut', { from: ['*'] }),
      await open('pass', { from: ['*'] }),
      await open('ridge'),
    ]
    const row = [valley, hut, pass, ridge]
    for (const [at, office] of row.entries()) {
      for (const [place, other] of row.entries()) {
        const near = row[at + Math.sign(place - at)]
        if (near === undefined || other === office) continue
        await office.knows(other, near === other ? {} : through(near))
      }
    }
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('far'))
    await hand(valley, hut)
    expect(await queueOf(hut, pass)).toMatchObject([{ kind: 'relayed', destination: ridge.identity.id }])
    await carryAlong(row)
    expect(await ridge.letters('bob')).toHaveLength(1)
    for (const office of row) expect(await waiting(office)).toBe(0)
  })

  it('relays that run in a circle are noticed: the packet stays, at one of them, and is not lost', async () => {
    const [valley, hut, pass, camp, ridge] = [
      await open('valley'),
      await open('hut', { from: ['*'] }),
      await open('pass', { from: ['*'] }),
      await open('camp', { from: ['*'] }),
      await open('ridge'),
    ]
    for (const office of [valley, hut, pass, camp]) {
      for (const other of offices) if (other !== office) await office.knows(other)
    }
    await valley.knows(ridge, through(hut))
    await hut.knows(ridge, through(pass))
    await pass.knows(ridge, through(camp))
    await camp.knows(ridge, through(hut))
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('round'))
    const circle = [valley, hut, pass, camp, hut, pass, camp, hut]
    for (const [at, from] of circle.entries()) {
      const to = circle[at + 1]
      if (to !== undefined) await hand(from, to)
    }
    expect(await reasons(hut)).toEqual([expect.stringContaining('circle')])
    expect(await queueOf(camp, hut)).toMatchObject([{ kind: 'relayed' }])
    expect(await reasons(camp)).toEqual([])
  })
})

function trns(from: Office, to: Office, next: NodeId, inner: Uint8Array) {
  const plain = { type: 'trns', niceness: 0, path: idPath(next) } as const
  return { bytes: from.seal(to, plain, streamOf(inner)), sender: from.identity.id }
}

/** The first packet in `at`'s outbox for `to`. */
async function bytesIn(at: Office, to: Office): Promise<Uint8Array> {
  const [packet] = await queueOf(at, to)
  const body = await at.spool.outbox.open(packet?.id ?? expect.unreachable())
  const chunks: Uint8Array[] = []
  for await (const chunk of body?.read() ?? expect.unreachable()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
