import type { PacketId } from '@posthorn/nncp'
import { afterEach, describe, expect, it } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import type { PacketFolder } from '../../stores/directory/directory.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import { type Sticks, sealed, sticks, TestNode, type TestNodeOptions, underTrueHash } from './fixture.ts'
import type { SyncProgress } from './index.ts'

const open: TestNode[] = []

afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
})

interface Pair extends Sticks {
  readonly alice: TestNode
  readonly bob: TestNode
  /** The same stick, as each of them names it. */
  readonly hers: PacketFolder
  readonly his: PacketFolder
}

function node(options: TestNodeOptions): TestNode {
  const made = TestNode.open(options)
  open.push(made)
  return made
}

async function pair(alices: TestNodeOptions = {}, bobs: TestNodeOptions = {}): Promise<Pair> {
  const media = sticks()
  const alice = node({ transport: media.transport, ...alices })
  const bob = node({ transport: media.transport, ...bobs })
  await alice.knows(bob)
  await bob.knows(alice)
  return { ...media, alice, bob, hers: await alice.folder(), his: await bob.folder() }
}

describe('a letter over a stick', () => {
  it('goes out, is taken in, and its ack comes back on the same stick', async () => {
    const { alice, bob, hers, his, stick } = await pair()
    const id = await alice.writes(bob, 'hello')
    const out = await alice.sync(hers)
    expect(out).toMatchObject({ folder: 'stick', written: { packets: 1, bytes: 177 }, taken: { packets: 0 } })
    expect(stick().list()).toEqual([`${bob.id}/${alice.id}/${id}`])
    expect(await alice.waiting()).toBe(1)

    const over = await bob.sync(his)
    expect(over).toMatchObject({ taken: { packets: 1, bytes: 177 }, written: { packets: 1 }, left: 0 })
    expect(over.error).toBeUndefined()
    expect(bob.delivered).toEqual(['hello'])
    expect(await bob.waiting()).toBe(0)
    expect(stick().list()).toHaveLength(1)

    const back = await alice.sync(hers)
    expect(back).toMatchObject({ taken: { packets: 1 }, written: { packets: 0 } })
    expect(await alice.waiting()).toBe(0)
    expect(stick().list()).toEqual([])
    expect((await bob.directory.neighbours.get(alice.id))?.lastContactAt).toBe(bob.clock.now())
    expect((await bob.directory.folders.list())[0]?.lastSyncAt).toBe(bob.clock.now())
  })

  it('may lie on several sticks; the copies are retired once one was acknowledged', async () => {
    const { alice, bob, hers, stick } = await pair()
    const second = await alice.folder('second')
    const bobs = await bob.folder('second')
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    await alice.sync(second)
    await bob.sync(bobs)
    await alice.sync(second)
    expect(stick().list()).toHaveLength(1)
    expect(await alice.sync(hers)).toMatchObject({ retired: 1, written: { packets: 0 } })
    expect(stick().list()).toEqual([])
  })

  it('is noted as copied once, and neither written nor looked at again on the same stick', async () => {
    const copies: unknown[] = []
    const noting = (spool: Spool): Spool => {
      const copied = spool.outbox.copied.bind(spool.outbox)
      spool.outbox.copied = (...args) => {
        copies.push(args)
        return copied(...args)
      }
      return spool
    }
    const { alice, bob, hers, transport } = await pair({ spool: noting })
    const id = await alice.writes(bob, 'hello')
    await alice.sync(hers)
    transport.drop = () => expect.unreachable('looked at again')
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 0 }, present: 1 })
    expect(copies).toEqual([[id, 'stick', alice.clock.now()]])
  })

  it('is found present after a crash that came between the copy and its note', async () => {
    const { alice, bob, hers, stick } = await pair()
    const letter = sealed(alice.id, bob.id, 'hello')
    await alice.writes(bob, 'hello')
    stick().put(`${bob.id}/${alice.id}/${letter.id}`, letter.bytes)
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 0 }, present: 1 })
    expect(await alice.waiting()).toBe(1)
  })

  it('survives the loss of its ack: it is sent again, acknowledged again and delivered once', async () => {
    const { alice, bob, hers, his, stick } = await pair()
    const id = await alice.writes(bob, 'hello')
    await alice.sync(hers)
    await bob.sync(his)
    for (const path of stick().list()) stick().remove(path)
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 1 } })
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 0 }, duplicates: 1, written: { packets: 1 } })
    expect(bob.acknowledgedAgain).toEqual([id])
    await alice.sync(hers)
    expect(await alice.waiting()).toBe(0)
    expect(bob.delivered).toEqual(['hello'])
    expect(stick().list()).toEqual([])
  })

  it('has its ack put on the stick that it came by, although another one was at hand first', async () => {
    const { alice, bob, hers, his, stick } = await pair()
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    stick().capacityBytes = 0
    await bob.sync(his)
    const elsewhere = await bob.folder('elsewhere')
    expect(await bob.sync(elsewhere)).toMatchObject({ written: { packets: 1 } })
    stick().capacityBytes = Number.POSITIVE_INFINITY
    expect(await bob.sync(his)).toMatchObject({ written: { packets: 1 } })
    expect(await bob.waiting()).toBe(0)
    await alice.sync(hers)
    expect(await alice.waiting()).toBe(0)
  })

  it('is put on again when it was taken and no ack has come back', async () => {
    const { alice, bob, hers, his, stick } = await pair({}, { settled: async () => {} })
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 }, written: { packets: 0 } })
    expect(stick().list()).toEqual([])
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 1 } })
    await bob.toss()
    expect(await bob.sync(his)).toMatchObject({ duplicates: 1 })
    expect(bob.delivered).toEqual(['hello'])
  })

  it('leaves the outbox with its copy when the neighbour never acknowledges', async () => {
    const { alice, bob, hers, stick } = await pair()
    await alice.knows(bob, 'copy')
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    expect(await alice.waiting()).toBe(0)
    expect(stick().list()).toHaveLength(1)
    expect(await alice.sync(hers)).toMatchObject({ retired: 0 })
    expect(stick().list()).toHaveLength(1)
  })

  it('by a relay lies under the relay’s name and is taken in from whoever sealed it', async () => {
    const { alice, bob, his, transport, stick } = await pair()
    const relay = node({ transport })
    await bob.knows(relay)
    const packet = sealed(alice.id, bob.id, 'by relay')
    stick().put(`${bob.id}/${relay.id}/${packet.id}`, packet.bytes)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 } })
    expect(bob.delivered).toEqual(['by relay'])
    expect((await bob.directory.neighbours.get(relay.id))?.lastContactAt).toBe(bob.clock.now())
  })

  it('tells its progress while it moves', async () => {
    const { alice, bob, hers, his } = await pair()
    await alice.writes(bob, Buffer.alloc(300_000, 1))
    await alice.writes(bob, 'hello')
    const told: SyncProgress[] = []
    const onProgress = (progress: SyncProgress) => told.push(progress)
    const { signal } = new AbortController()
    await alice.courier.sync(hers, { signal, onProgress })
    const last = told.at(-1)
    expect(last).toMatchObject({ phase: 'putting-out', packets: 2, packetsTotal: 2 })
    expect(last?.bytes).toBe(last?.bytesTotal)
    const bytes = told.filter(({ phase }) => phase === 'putting-out').map(progress => progress.bytes)
    expect(bytes).toEqual([...bytes].sort((one, other) => one - other))
    expect(new Set(bytes).size).toBeGreaterThan(2)
    told.length = 0
    await bob.courier.sync(his, { signal, onProgress })
    expect(new Set(told.map(({ phase }) => phase))).toEqual(
      new Set(['taking-in', 'opening', 'retiring', 'putting-out']),
    )
  })
})

describe('what lies on a stick and is no packet for us', () => {
  it('with content that is not its hash: set aside, noted with its reason, reported', async () => {
    const { alice, bob, his, stick } = await pair()
    const { id, bytes } = sealed(alice.id, bob.id, 'hello')
    const path = `${bob.id}/${alice.id}/${id}`
    stick().put(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from('!')]))
    const report = await bob.sync(his)
    expect(report.bad).toEqual([{ name: id, reason: 'its content is not its hash' }])
    expect(stick().list()).toEqual([`${path}.bad`])
    const [note] = await bob.spool.quarantine.list(10)
    expect(note).toMatchObject({ name: id, source: 'stick', sizeBytes: bytes.length, kept: false })
    expect(await bob.spool.inbox.seen(id)).toBeUndefined()
    stick().put(path, bytes)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 }, bad: [] })
  })

  it.each([
    ['sealed for another node', /sealed for another node/, (alice: TestNode) => sealed(alice.id, alice.id, 'x')],
    ['no NNCP packet', /no NNCP packet/, () => underTrueHash('rubbish'.repeat(100))],
    ['too short for a header', /no NNCP packet/, () => underTrueHash('NNCPE')],
    ['empty', /no NNCP packet/, () => underTrueHash('')],
  ])('%s: set aside with its reason', async (_what, reason, make) => {
    const { alice, bob, his, stick } = await pair()
    const packet = make(alice)
    stick().put(`${bob.id}/${alice.id}/${packet.id}`, packet.bytes)
    const report = await bob.sync(his)
    expect(report.bad).toHaveLength(1)
    expect(report.bad[0]?.reason).toMatch(reason)
    expect(await bob.spool.quarantine.count()).toBe(1)
    expect(await bob.spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
  })

  it('whose damaged header names a stranger: set aside, so that a whole copy can come', async () => {
    const { alice, bob, his, stick } = await pair()
    const stranger = TestNode.open()
    open.push(stranger)
    const meant = sealed(alice.id, bob.id, 'hello')
    stick().put(`${bob.id}/${alice.id}/${meant.id}`, sealed(stranger.id, bob.id, 'hello').bytes)
    expect(await bob.sync(his)).toMatchObject({ bad: [{ name: meant.id }], left: 0 })
    stick().put(`${bob.id}/${alice.id}/${meant.id}`, meant.bytes)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 } })
  })

  it('from a stranger: left untouched and counted, whoever brings it', async () => {
    const { alice, bob, his, stick, transport } = await pair()
    const eve = node({ transport })
    const direct = sealed(eve.id, bob.id, 'let me in')
    const underFriend = sealed(eve.id, bob.id, 'let me in as well')
    stick().put(`${bob.id}/${eve.id}/${direct.id}`, direct.bytes)
    stick().put(`${bob.id}/${alice.id}/${underFriend.id}`, underFriend.bytes)
    const before = stick().list()
    const report = await bob.sync(his)
    expect(report).toMatchObject({ left: 2, leftReasons: { unknownSender: 2 }, taken: { packets: 0 }, bad: [] })
    expect(stick().list()).toEqual(before)
    expect(await bob.spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
  })

  it('for others: untouched', async () => {
    const { alice, bob, his, stick, transport } = await pair()
    const carol = node({ transport })
    const packet = sealed(alice.id, carol.id, 'for carol')
    stick().put(`${carol.id}/${alice.id}/${packet.id}`, packet.bytes)
    stick().put('README.txt', packet.bytes)
    const before = stick().list()
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 0 }, left: 0, bad: [] })
    expect(stick().list()).toEqual(before)
  })

  it('larger than a packet may be: left and counted', async () => {
    const { alice, bob, hers, his, stick } = await pair({}, { limits: { packetBytesMax: 1000 } })
    await alice.writes(bob, Buffer.alloc(2000))
    await alice.writes(bob, 'small')
    await alice.sync(hers)
    expect(await bob.sync(his)).toMatchObject({ left: 1, leftReasons: { tooLarge: 1 }, taken: { packets: 1 } })
    expect(
      stick()
        .list()
        .filter(path => path.startsWith(bob.id)),
    ).toHaveLength(1)
  })
})

describe('a medium that cannot be changed', () => {
  it('is read once: packets are not taken twice nor acknowledged without end, bad ones are noted once', async () => {
    const { alice, bob, hers, his, stick } = await pair()
    const second = await bob.folder('second')
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    const { id, bytes } = sealed(alice.id, bob.id, 'bad')
    stick().put(`${bob.id}/${alice.id}/${id}`, bytes.subarray(1))
    stick().readOnly = true
    const first = await bob.sync(his)
    expect(first).toMatchObject({ taken: { packets: 1 }, bad: [{ name: id }], waiting: { packets: 1 } })
    expect(first.error?.code).toBe('medium-read-only')
    await bob.sync(second)
    const again = await bob.sync(his)
    expect(again).toMatchObject({ taken: { packets: 0 }, duplicates: 1, bad: [{ name: id }] })
    expect(again.error).toBeUndefined()
    expect(bob.acknowledgedAgain).toEqual([])
    expect(await bob.spool.quarantine.count()).toBe(1)
    expect(bob.delivered).toEqual(['hello'])
  })
})

describe('too little room', () => {
  it('on the medium: small packets go, large ones wait and are counted', async () => {
    const { alice, bob, hers, stick } = await pair()
    await alice.writes(bob, Buffer.alloc(5000))
    await alice.writes(bob, 'small')
    await alice.writes(bob, Buffer.alloc(6000))
    stick().capacityBytes = 1000
    const report = await alice.sync(hers)
    expect(report).toMatchObject({ written: { packets: 1 }, waiting: { packets: 2, bytes: 11_344 } })
    expect(report.error).toBeUndefined()
    stick().capacityBytes = 100_000
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 2 }, present: 1, waiting: { packets: 0 } })
  })

  it('in the inbox: the rest is taken in as it is opened, in one sync', async () => {
    const { alice, bob, hers, his } = await pair({}, { limits: { inboxBytesMax: 400 } })
    for (const content of ['one', 'two', 'three', 'four', 'five']) await alice.writes(bob, content)
    await alice.sync(hers)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 5 }, left: 0 })
    expect(bob.delivered.sort()).toEqual(['five', 'four', 'one', 'three', 'two'])
  })

  it('in the inbox while nothing is opened: the rest is left, and said so', async () => {
    const { alice, bob, hers, his, stick } = await pair({}, { limits: { inboxBytesMax: 400 }, settled: async () => {} })
    for (const content of ['one', 'two', 'six']) await alice.writes(bob, content)
    await alice.sync(hers)
    const report = await bob.sync(his)
    expect(report).toMatchObject({ taken: { packets: 2 }, left: 1, leftReasons: { noRoom: 1 } })
    expect(stick().list()).toHaveLength(1)
  })

  it('on our own disk: nothing is taken in, and what waits still goes out', async () => {
    const { alice, bob, hers, his, stick } = await pair({}, { freeBytes: async () => 1000 })
    await alice.writes(bob, 'hello')
    await bob.writes(alice, 'hello yourself')
    await alice.sync(hers)
    const report = await bob.sync(his)
    expect(report).toMatchObject({ taken: { packets: 0 }, leftReasons: { noRoom: 1 }, written: { packets: 1 } })
    expect(stick().list()).toHaveLength(2)
  })

  it('said by the spool: reported, the packet stays on the medium, and what waits still goes out', async () => {
    const full = new OperatingError('the disk is full', { code: 'disk-full', retry: 'later' })
    let broken = false
    const { alice, bob, hers, his, stick } = await pair(
      {},
      { spool: spool => ({ ...spool, stage: (...args) => (broken ? Promise.reject(full) : spool.stage(...args)) }) },
    )
    await alice.writes(bob, 'hello')
    const id = await bob.writes(alice, 'hello yourself')
    await alice.sync(hers)
    broken = true
    const report = await bob.sync(his)
    expect(report).toMatchObject({ taken: { packets: 0 }, written: { packets: 1 }, error: { code: 'disk-full' } })
    expect(stick().list()).toContain(`${alice.id}/${bob.id}/${id}`)
    broken = false
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 } })
    expect(bob.delivered).toEqual(['hello'])
  })
})

describe('what can happen during a sync', () => {
  /** The bytes of this packet cannot be read any more. */
  function loseBytes({ outbox }: Spool, lost: PacketId, options: { readonly left: boolean }): void {
    const [open, get] = [outbox.open.bind(outbox), outbox.get.bind(outbox)]
    async function* nothing(): AsyncGenerator<Uint8Array> {
      yield* []
      throw new OperatingError('its bytes are not there any more', { code: 'body-missing', retry: 'later' })
    }
    Object.assign(outbox, {
      open: async (id: PacketId) => (id === lost ? { sizeBytes: 1, read: nothing } : open(id)),
      get: async (id: PacketId) => (id === lost && options.left ? undefined : get(id)),
    })
  }

  it('a packet leaves by another road while it is put out: the others go, and nothing is wrong', async () => {
    const { alice, bob, hers } = await pair()
    loseBytes(alice.spool, await alice.writes(bob, 'first', 10), { left: true })
    await alice.writes(bob, 'second', 20)
    const report = await alice.sync(hers)
    expect(report).toMatchObject({ written: { packets: 1 }, waiting: { packets: 0 } })
    expect(report.error).toBeUndefined()
  })

  it('the bytes of a packet are lost: said, and the others go all the same', async () => {
    const { alice, bob, hers } = await pair()
    loseBytes(alice.spool, await alice.writes(bob, 'first', 10), { left: false })
    await alice.writes(bob, 'second', 20)
    const report = await alice.sync(hers)
    expect(report).toMatchObject({ written: { packets: 1 }, waiting: { packets: 1 }, error: { code: 'body-missing' } })
  })

  it('the medium is not there: said, and nothing else', async () => {
    const { alice, bob, hers, stick } = await pair()
    await alice.writes(bob, 'hello')
    stick().plugged = false
    const report = await alice.sync(hers)
    expect(report.error).toMatchObject({ code: 'medium-gone', message: expect.stringContaining('/sticks/stick') })
    expect((await alice.directory.folders.list())[0]?.lastSyncAt).toBeNull()
    stick().plugged = true
    expect(await alice.sync(hers)).toMatchObject({ written: { packets: 1 } })
  })

  it('the medium is pulled while packets are opened: what was taken is taken', async () => {
    const { alice, bob, hers, his, stick } = await pair(
      {},
      {
        settled: async () => {
          stick().plugged = false
        },
      },
    )
    await alice.writes(bob, 'hello')
    await alice.sync(hers)
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 }, error: { code: 'medium-gone' } })
    await bob.toss()
    expect(bob.delivered).toEqual(['hello'])
  })

  it('cancelled while it puts out: what was copied is noted, the rest waits, nothing is half-done', async () => {
    const cancel = new AbortController()
    const { alice, bob, hers, stick } = await pair()
    await alice.knows(bob, 'copy')
    for (const content of ['one', 'two', 'six']) await alice.writes(bob, content)
    const onProgress = ({ phase, packets }: SyncProgress) => {
      if (phase === 'putting-out' && packets === 1) cancel.abort()
    }
    const syncing = alice.courier.sync(hers, { signal: cancel.signal, onProgress })
    await expect(syncing).rejects.toMatchObject({ name: 'AbortError' })
    expect(stick().list()).toHaveLength(1)
    expect(await alice.waiting()).toBe(2)
  })

  it('cancelled while it takes in: the packet stays on the medium', async () => {
    const cancel = new AbortController()
    const { alice, bob, hers, his, stick } = await pair()
    await alice.writes(bob, Buffer.alloc(500_000))
    await alice.sync(hers)
    const syncing = bob.courier.sync(his, { signal: cancel.signal, onProgress: () => cancel.abort() })
    await expect(syncing).rejects.toMatchObject({ name: 'AbortError' })
    expect(stick().list()).toHaveLength(1)
    expect(await bob.spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
    expect(await bob.sync(his)).toMatchObject({ taken: { packets: 1 } })
  })

  it('a second sync of the same folder waits for the first; cancelled, it ends at once', async () => {
    let go = () => {}
    const held = new Promise<void>(resolve => {
      go = resolve
    })
    const { alice, bob, hers } = await pair({ settled: () => held })
    await alice.writes(bob, 'hello')
    const cancel = new AbortController()
    const first = alice.sync(hers)
    const second = alice.sync(hers)
    const third = alice.sync(hers, { signal: cancel.signal })
    cancel.abort()
    await expect(third).rejects.toMatchObject({ name: 'AbortError' })
    go()
    expect(await first).toMatchObject({ written: { packets: 1 } })
    expect(await second).toMatchObject({ written: { packets: 0 }, present: 1 })
  })

  it('the post office hangs: the sync goes on without its acks', async () => {
    const { alice, bob, hers, his } = await pair({}, { settled: () => new Promise(() => {}) })
    await alice.writes(bob, 'hello')
    await bob.writes(alice, 'hello yourself')
    await alice.sync(hers)
    const syncing = bob.sync(his)
    await expect.poll(() => bob.clock.sleeping).toBe(1)
    bob.clock.pass(60_000)
    expect(await syncing).toMatchObject({ taken: { packets: 1 }, written: { packets: 1 } })
  })

  it('stop ends a sync that runs and those that wait', async () => {
    const { alice, hers } = await pair({ settled: () => new Promise(() => {}) })
    const both = Promise.allSettled([alice.sync(hers), alice.sync(hers)])
    await expect.poll(() => alice.clock.sleeping).toBe(1)
    await alice.courier.stop()
    for (const outcome of await both)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } })
  })
})
