/** What every spool must do with packets that go back, and with those that are passed on for others. */
import { describe, expect, test } from 'vitest'
import { bytesOf, node, outbound, read, receive, type SpoolFactory, stage } from './contract.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000
const [there, relay] = [node(2), node(3)] as const

export function settingAsideContract(name: string, make: SpoolFactory): void {
  describe(`spool, back and on: ${name}`, () => {
    retryContract(make)
    relayContract(make)
    roundContract(make)
  })
}

/** Of reading all bodies again. */
function roundContract(make: SpoolFactory): void {
  test('a round is gone on with behind what was read last, and passes over nothing', async () => {
    const spool = await make()
    const { scrub } = spool
    expect(await scrub.round()).toBeUndefined()
    const ids = []
    for (const number of [1, 2, 3, 4, 5]) ids.push((await receive(spool, number, { sizeBytes: 100 })).id)
    await scrub.beginRound()
    const read = []
    for (let after = (await scrub.round())?.after ?? null; ; after = (await scrub.round())?.after ?? null) {
      const [next] = await scrub.page(after, 1)
      if (next === undefined) break
      read.push(next.id)
      await scrub.noteRound(next.id)
    }
    expect(read).toEqual(ids.sort())
    await scrub.noteRound(null)
    expect(await scrub.round()).toEqual({ after: null, days: 0 })
    await scrub.beginRound()
    expect(await scrub.page((await scrub.round())?.after ?? null, 9)).toHaveLength(5)
  })
}

function retryContract(make: SpoolFactory): void {
  test.each([100, 5000])(
    'a packet of %i bytes that was set aside goes back as if it had never been seen',
    async size => {
      const spool = await make()
      const staged = await stage(spool, 1, size)
      const facts = { sender: there, handedBy: relay, niceness: 32, source: 'stick' }
      await spool.inbox.commit({ staged, ...facts, at })
      await spool.inbox.quarantine(staged.id, { reason: 'not yet', outcome: 'refused', at, outbound: [] })
      const [entry] = await spool.quarantine.list(1)
      const number = entry?.number ?? 0
      expect(await spool.quarantine.retry(number, at + 5)).toEqual({ id: staged.id, room: 'inbox' })
      expect(await spool.quarantine.retry(number, at + 5)).toBeUndefined()
      expect(await spool.quarantine.count()).toBe(0)
      expect(await spool.inbox.seen(staged.id)).toEqual({ sender: there, at: at + 5, outcome: 'waiting' })
      const anew = { receivedAt: at + 5, attempts: 0, told: false, lane: '' }
      const due = { ...facts, id: staged.id, sizeBytes: size, ...anew }
      expect(await spool.inbox.due(at + 5, 10)).toEqual([due])
      expect(await spool.inbox.summary()).toEqual({ packets: 1, bytes: size })
      expect(await read(await spool.inbox.open(staged.id))).toEqual(Buffer.from(bytesOf(1, size)))
      expect((await receive(spool, 1, { sizeBytes: size })).outcome).toBe('duplicate')
      await spool.inbox.quarantine(staged.id, { reason: 'still not', outcome: 'taken', at, outbound: [] })
      expect(await spool.quarantine.list(10)).toMatchObject([{ name: staged.id, source: 'stick', reason: 'still not' }])
    },
  )

  test('a note about bytes that lie elsewhere, and a number that is not there, cannot be tried again', async () => {
    const { quarantine } = await make()
    await quarantine.note({ name: 'x', reason: 'no packet', source: 'stick', sizeBytes: 7, at })
    const [entry] = await quarantine.list(1)
    expect(await quarantine.retry(entry?.number ?? 0, at)).toBe('not-kept')
    expect(await quarantine.count()).toBe(1)
    expect(await quarantine.retry(99, at)).toBeUndefined()
  })

  test('a packet that came anew meanwhile is there once', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await spool.inbox.quarantine(id, { reason: 'not yet', outcome: 'taken', at, outbound: [] })
    for (let day = 1; day < 370; day += 1) await spool.prune(at + day * dayMs)
    expect((await receive(spool, 1, { sizeBytes: 5000 })).outcome).toBe('new')
    const [entry] = await spool.quarantine.list(1)
    expect(await spool.quarantine.retry(entry?.number ?? 0, at)).toEqual({ id, room: 'inbox' })
    expect(await spool.inbox.due(at, 10)).toMatchObject([{ id }])
    expect((await read(await spool.inbox.open(id)))?.length).toBe(5000)
  })
}

function relayContract(make: SpoolFactory): void {
  test('a packet knows who brought it: its sender, unless another did', async () => {
    const spool = await make()
    await receive(spool, 1)
    const common = { sender: there, niceness: 96, source: 'stick', at }
    await spool.inbox.commit({ staged: await stage(spool, 2), ...common, handedBy: relay })
    expect((await spool.inbox.due(at, 10)).map(({ handedBy }) => handedBy)).toEqual([there, relay])
  })

  test('what was passed on is counted while it waits, and remembered for a year', async () => {
    const spool = await make()
    const [inner, wrapped] = [await stage(spool, 1), await stage(spool, 2, 5000)]
    const relays = { id: inner.id, from: there }
    const onward = { nextHop: relay, kind: 'relayed', messageId: null, relays } as const
    expect(await spool.outbox.relayed(inner.id)).toBeUndefined()
    await spool.outbox.commit([outbound(wrapped, onward), outbound(await stage(spool, 3))])
    expect(await spool.outbox.relayedSummary()).toEqual({ packets: 1, bytes: 5000 })
    expect(await spool.outbox.relayed(inner.id)).toEqual({ from: there, nextHop: relay })
    await spool.outbox.acknowledge(wrapped.id, relay, at)
    expect(await spool.outbox.relayedSummary()).toEqual({ packets: 0, bytes: 0 })
    expect(await spool.outbox.relayed(inner.id)).toBeDefined()
    for (let day = 1; day < 370; day += 1) await spool.prune(at + day * dayMs)
    expect(await spool.outbox.relayed(inner.id)).toBeUndefined()
  })

  test('one packet may be acknowledged to two nodes at a time, to each once', async () => {
    const spool = await make()
    const acknowledges = (await stage(spool, 9)).id
    const ack = { kind: 'ack', messageId: null, acknowledges } as const
    await spool.outbox.commit([outbound(await stage(spool, 1), ack)])
    await spool.outbox.commit([outbound(await stage(spool, 2), { ...ack, nextHop: relay, destination: relay })])
    await spool.outbox.commit([outbound(await stage(spool, 3), ack)])
    expect(await spool.outbox.summary()).toEqual([
      { nextHop: there, packets: 1, bytes: 100 },
      { nextHop: relay, packets: 1, bytes: 100 },
    ])
  })

  test.each([100, 5000])('a packet of %i bytes that cannot leave is set aside, and can go back', async size => {
    const spool = await make()
    const staged = await stage(spool, 1, size)
    const relays = { id: staged.id, from: there }
    await spool.outbox.commit([outbound(staged, { nextHop: relay, kind: 'relayed', messageId: null, relays })])
    const before = await spool.outbox.get(staged.id)
    await spool.outbox.quarantine(staged.id, { reason: 'its neighbour was removed', at })
    await spool.outbox.quarantine(staged.id, { reason: 'again', at })
    expect(await spool.outbox.summary()).toEqual([])
    const [entry, ...more] = await spool.quarantine.list(10)
    expect(entry).toMatchObject({ name: staged.id, reason: 'its neighbour was removed', sizeBytes: size, kept: true })
    expect(more).toEqual([])
    expect((await read(await spool.quarantine.open(entry?.number ?? 0)))?.length).toBe(size)
    expect(await spool.quarantine.retry(entry?.number ?? 0, at + 7)).toMatchObject({ room: 'outbox' })
    expect(await spool.outbox.get(staged.id)).toEqual({ ...before, at: at + 7, cursor: expect.any(String) })
    expect((await read(await spool.outbox.open(staged.id)))?.length).toBe(size)
    expect(await spool.outbox.relayedSummary()).toEqual({ packets: 1, bytes: size })
  })
}
