/** What every spool must do. Run by the real store and by its twin in memory. */
import { type NodeId, nodeIdFromBytes, type PacketId, parsePacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Body, NewOutbound, Spool, Staged } from './spool.ts'

const dayMs = 24 * 60 * 60 * 1000
const never = new AbortController().signal
const at = 1_700_000_000_000

/** Bodies of 5000 bytes should be above the store's threshold for files, those of 100 below. */
export type SpoolFactory = () => Promise<Spool>

export const node = (number: number): NodeId => nodeIdFromBytes(new Uint8Array(32).fill(number))
const [here, there, relay] = [node(1), node(2), node(3)] as const

export function bytesOf(seed: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, position) => (seed * 31 + position * 7) & 0xff)
}

async function* inChunks(bytes: Uint8Array, chunkBytes = 700): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.slice(start, start + chunkBytes)
}

export async function read(body: Body | undefined, startBytes?: number): Promise<Buffer | undefined> {
  if (body === undefined) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of body.read(startBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function stage(spool: Spool, seed: number, sizeBytes = 100): Promise<Staged> {
  return spool.stage(inChunks(bytesOf(seed, sizeBytes), 3000), { signal: never, sizeBytesMax: 1_000_000 })
}

export function outbound(staged: Staged, changes: Partial<NewOutbound> = {}): NewOutbound {
  const route = { nextHop: there, destination: there, niceness: 96, kind: 'letter' } as const
  return { staged, ...route, messageId: 'm@example', acknowledges: null, at, ...changes }
}

export async function receive(
  spool: Spool,
  seed: number,
  options: { sizeBytes?: number; niceness?: number; handedBy?: NodeId } = {},
) {
  const { sizeBytes, ...how } = options
  const staged = await stage(spool, seed, sizeBytes)
  const outcome = await spool.inbox.commit({ staged, sender: there, niceness: 96, source: 'stick', at, ...how })
  return { id: staged.id, outcome }
}

async function pruneDaily(spool: Spool, days: number): Promise<void> {
  for (let day = 1; day <= days; day += 1) await spool.prune(at + day * dayMs)
}

export function spoolContract(name: string, make: SpoolFactory): void {
  describe(`spool: ${name}`, () => {
    stagingContract(make)
    outboxContract(make)
    outboxAsWholeContract(make)
    acknowledgingContract(make)
    inboxContract(make)
    retryContract(make)
    settlingContract(make)
    quarantineContract(make)
  })
}

function stagingContract(make: SpoolFactory): void {
  test.each([0, 1, 100, 5000])('%i staged bytes can be read often and from any offset', async sizeBytes => {
    const spool = await make()
    const staged = await stage(spool, 1, sizeBytes)
    const bytes = Buffer.from(bytesOf(1, sizeBytes))
    expect(staged.sizeBytes).toBe(sizeBytes)
    expect(parsePacketId(staged.id)).toBe(staged.id)
    expect(await read(staged)).toEqual(bytes)
    expect(await read(staged, 60)).toEqual(bytes.subarray(60))
    await staged.discard()
    await staged.discard()
  })

  test('the same bytes have the same id however they come, others another', async () => {
    const spool = await make()
    const one = await spool.stage(inChunks(bytesOf(1, 5000), 1), { signal: never, sizeBytesMax: 5000 })
    expect((await stage(spool, 1, 5000)).id).toBe(one.id)
    expect((await stage(spool, 2, 5000)).id).not.toBe(one.id)
  })

  test('a buffer that its producer uses again does not change what is kept', async () => {
    const spool = await make()
    async function* reused() {
      // A Buffer: its `slice` is no copy.
      const buffer = Buffer.alloc(10)
      for (let round = 1; round <= 3; round += 1) yield buffer.fill(round)
    }
    const staged = await spool.stage(reused(), { signal: never, sizeBytesMax: 100 })
    expect([...((await read(staged)) ?? [])]).toEqual([1, 2, 3].flatMap(round => Array(10).fill(round)))
  })

  test.each([100, 5000])('more than %i bytes are refused when that is the limit', async sizeBytesMax => {
    const spool = await make()
    const source = inChunks(bytesOf(1, sizeBytesMax + 1))
    const refusal = { code: 'too-large', retry: 'never' }
    await expect(spool.stage(source, { signal: never, sizeBytesMax })).rejects.toMatchObject(refusal)
    const exact = spool.stage(inChunks(bytesOf(1, sizeBytesMax)), { signal: never, sizeBytesMax })
    expect((await exact).sizeBytes).toBe(sizeBytesMax)
  })

  test('a signal ends the staging of a source that is silent; the error of a source passes', async () => {
    const spool = await make()
    const stop = new AbortController()
    async function* silent() {
      yield bytesOf(1, 5000)
      queueMicrotask(() => stop.abort())
      await new Promise(() => {})
    }
    await expect(spool.stage(silent(), { signal: stop.signal, sizeBytesMax: 9999 })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
    async function* broken(): AsyncIterable<Uint8Array> {
      yield bytesOf(1, 5000)
      throw new Error('the stick was pulled out')
    }
    const failing = spool.stage(broken(), { signal: never, sizeBytesMax: 9999 })
    await expect(failing).rejects.toThrow('the stick was pulled out')
  })

  test.each([100, 5000])('scratch of %i bytes can be read until it is discarded', async sizeBytes => {
    const spool = await make()
    const scratch = await spool.scratch(inChunks(bytesOf(3, sizeBytes)), { signal: never, sizeBytesMax: 9999 })
    expect(await read(scratch)).toEqual(Buffer.from(bytesOf(3, sizeBytes)))
    expect(await read(scratch, 50)).toEqual(Buffer.from(bytesOf(3, sizeBytes)).subarray(50))
    await scratch.discard()
  })
}

function outboxContract(make: SpoolFactory): void {
  test('packets come back with all that was said of them, and with their bytes', async () => {
    const { outbox, ...spool } = await make()
    const small = await stage({ outbox, ...spool }, 1, 100)
    const large = await stage({ outbox, ...spool }, 2, 5000)
    await outbox.commit([outbound(small), outbound(large, { nextHop: relay, kind: 'ack', messageId: null })])
    const facts = { destination: there, niceness: 96, at }
    expect(await outbox.get(small.id)).toMatchObject({
      ...facts,
      nextHop: there,
      kind: 'letter',
      messageId: 'm@example',
    })
    expect(await outbox.get(large.id)).toMatchObject({ ...facts, nextHop: relay, kind: 'ack', sizeBytes: 5000 })
    expect(await read(await outbox.open(small.id))).toEqual(Buffer.from(bytesOf(1, 100)))
    expect(await read(await outbox.open(large.id), 4000)).toEqual(Buffer.from(bytesOf(2, 5000)).subarray(4000))
    expect(await outbox.open('A'.repeat(52) as PacketId)).toBeUndefined()
    await large.discard()
    expect((await read(await outbox.open(large.id)))?.length).toBe(5000)
  })

  test('a queue is paged by niceness, then age; each neighbour has its own', async () => {
    const spool = await make()
    const order: [seed: number, niceness: number][] = [
      [1, 200],
      [2, 10],
      [3, 96],
      [4, 10],
      [5, 200],
    ]
    for (const [seed, niceness] of order) {
      await spool.outbox.commit([outbound(await stage(spool, seed), { niceness, messageId: `${seed}` })])
    }
    await spool.outbox.commit([outbound(await stage(spool, 6), { nextHop: relay })])
    const seen: (string | null)[] = []
    let after: string | null = null
    for (;;) {
      const page = await spool.outbox.page(there, { after, limit: 2 })
      if (page.length === 0) break
      expect(page.length).toBeLessThanOrEqual(2)
      seen.push(...page.map(packet => packet.messageId))
      after = page.at(-1)?.cursor ?? null
    }
    expect(seen).toEqual(['2', '4', '3', '1', '5'])
    expect(await spool.outbox.page(here, { after: null, limit: 10 })).toEqual([])
  })

  test('what was committed since a mark is found, however much waited before', async () => {
    const spool = await make()
    await spool.outbox.commit([outbound(await stage(spool, 1)), outbound(await stage(spool, 2), { nextHop: relay })])
    const added = (mark: number | null, limit = 10) => spool.outbox.added(there, { mark, limit })
    const { packets, mark } = await added(null)
    expect(packets).toEqual([])
    expect(await added(mark)).toEqual({ packets: [], mark })
    for (const [seed, niceness] of [
      [3, 200],
      [4, 10],
      [5, 96],
    ] as const) {
      await spool.outbox.commit([outbound(await stage(spool, seed), { niceness, messageId: `${seed}` })])
      await spool.outbox.commit([outbound(await stage(spool, seed + 10), { nextHop: relay })])
    }
    const first = await added(mark, 2)
    expect(first.packets.map(packet => packet.messageId)).toEqual(['3', '4'])
    const rest = await added(first.mark, 2)
    expect(rest.packets.map(packet => packet.messageId)).toEqual(['5'])
    const [gone] = rest.packets
    if (gone !== undefined) await spool.outbox.release(gone.id, at)
    await spool.outbox.commit([outbound(await stage(spool, 6), { messageId: '6' })])
    expect((await added(rest.mark)).packets.map(packet => packet.messageId)).toEqual(['6'])
  })

  test('a packet that is there already, and a second ack for the same packet, are passed over', async () => {
    const spool = await make()
    const letter = await stage(spool, 1, 5000)
    const acknowledges = letter.id
    await spool.outbox.commit([outbound(letter)])
    await spool.outbox.commit([outbound(await stage(spool, 1, 5000), { niceness: 1 })])
    const acks = [await stage(spool, 2), await stage(spool, 3)] as const
    await spool.outbox.commit(acks.map(staged => outbound(staged, { kind: 'ack', acknowledges })))
    expect(await spool.outbox.summary()).toEqual([{ nextHop: there, packets: 2, bytes: 5100 }])
    expect(await spool.outbox.get(letter.id)).toMatchObject({ niceness: 96 })
    expect((await read(await spool.outbox.open(letter.id)))?.length).toBe(5000)
    await spool.outbox.release(acks[0].id, at)
    await spool.outbox.commit([outbound(await stage(spool, 3), { kind: 'ack', acknowledges })])
    expect(await spool.outbox.get(acks[1].id)).toBeDefined()
  })
}

function outboxAsWholeContract(make: SpoolFactory): void {
  test('a letter keeps its envelope, an ack has none', async () => {
    const spool = await make()
    const [letter, ack] = [await stage(spool, 1), await stage(spool, 2)]
    const envelope = { returnPath: 'alice@camp', recipients: ['bob@"x"', "carol@o'hill"] }
    await spool.outbox.commit([outbound(letter, { envelope }), outbound(ack, { kind: 'ack' })])
    expect((await spool.outbox.get(letter.id))?.envelope).toEqual(envelope)
    expect((await spool.outbox.get(ack.id))?.envelope).toBeNull()
  })

  test('a commit with one packet that cannot be kept keeps none', async () => {
    const spool = await make()
    const good = await stage(spool, 1, 5000)
    const discarded = await stage(spool, 2)
    await discarded.discard()
    await expect(spool.outbox.commit([outbound(good), outbound(discarded)])).rejects.toThrow('discarded')
    expect(await spool.outbox.summary()).toEqual([])
    expect(await spool.outbox.get(good.id)).toBeUndefined()
  })

  test('the summary follows what comes and goes', async () => {
    const spool = await make()
    const staged = await Promise.all([1, 2, 3].map(seed => stage(spool, seed, 5000)))
    await spool.outbox.commit(staged.map(one => outbound(one)))
    await spool.outbox.commit([outbound(await stage(spool, 4), { nextHop: relay })])
    const others = { nextHop: relay, packets: 1, bytes: 100 }
    expect(await spool.outbox.summary()).toEqual([{ nextHop: there, packets: 3, bytes: 15_000 }, others])
    for (const { id } of staged) await spool.outbox.release(id, at)
    expect(await spool.outbox.summary()).toEqual([others])
    expect(await spool.outbox.open(staged[0]?.id as PacketId)).toBeUndefined()
  })
}

function acknowledgingContract(make: SpoolFactory): void {
  test('only the next hop or the destination can acknowledge, and once', async () => {
    const spool = await make()
    const { id } = await stage(spool, 1, 5000)
    await spool.outbox.commit([outbound(await stage(spool, 1, 5000), { nextHop: relay, destination: there })])
    await spool.outbox.copied(id, 'stick', at)
    await spool.outbox.copied(id, 'stick', at + 1)
    expect(await spool.outbox.acknowledge(id, here, at)).toBe(false)
    expect(await spool.outbox.wasAcknowledged(id)).toBe(false)
    expect(await spool.outbox.acknowledge(id, there, at)).toBe(true)
    expect(await spool.outbox.acknowledge(id, relay, at)).toBe(false)
    expect(await spool.outbox.wasAcknowledged(id)).toBe(true)
    expect(await spool.outbox.get(id)).toBeUndefined()
    await spool.outbox.copied(id, 'stick', at)
  })

  test('a packet that is released was not acknowledged', async () => {
    const spool = await make()
    const staged = await stage(spool, 1)
    await spool.outbox.commit([outbound(staged)])
    await spool.outbox.release(staged.id, at)
    await spool.outbox.release(staged.id, at)
    expect(await spool.outbox.get(staged.id)).toBeUndefined()
    expect(await spool.outbox.wasAcknowledged(staged.id)).toBe(false)
    expect(await spool.outbox.summary()).toEqual([])
  })

  test('what was seen and acknowledged is forgotten after a year of days, not after a jump of the clock', async () => {
    const spool = await make()
    const sent = await stage(spool, 1)
    await spool.outbox.commit([outbound(sent)])
    await spool.outbox.acknowledge(sent.id, there, at)
    const { id } = await receive(spool, 2)
    await spool.inbox.finish(id, { at, outbound: [] })
    for (const years of [1, 2, 3, -50, 100]) await spool.prune(at + years * 365 * dayMs)
    await pruneDaily(spool, 350)
    expect(await spool.outbox.wasAcknowledged(sent.id)).toBe(true)
    expect(await spool.inbox.seen(id)).toBeDefined()
    await pruneDaily(spool, 20)
    expect(await spool.outbox.wasAcknowledged(sent.id)).toBe(false)
    expect(await spool.inbox.seen(id)).toBeUndefined()
  })
}

function inboxContract(make: SpoolFactory): void {
  test.each([0, 100, 5000])('a packet of %i bytes comes in once', async sizeBytes => {
    const spool = await make()
    const { id, outcome } = await receive(spool, 1, { sizeBytes })
    expect(outcome).toBe('new')
    expect((await receive(spool, 1, { sizeBytes })).outcome).toBe('duplicate')
    expect(await spool.inbox.seen(id)).toEqual({ sender: there, at, outcome: 'waiting' })
    const facts = {
      id,
      sender: there,
      handedBy: there,
      niceness: 96,
      sizeBytes,
      receivedAt: at,
      attempts: 0,
      told: false,
      source: 'stick',
      lane: '',
    }
    expect(await spool.inbox.due(at, 10)).toEqual([facts])
    expect(await read(await spool.inbox.open(id))).toEqual(Buffer.from(bytesOf(1, sizeBytes)))
    expect(await spool.inbox.summary()).toEqual({ packets: 1, bytes: sizeBytes })
  })

  test('whether its bringer was told that it is here is remembered', async () => {
    const spool = await make()
    const staged = await stage(spool, 1)
    await spool.inbox.commit({ staged, sender: there, niceness: 96, source: 'line', told: true, at })
    expect(await spool.inbox.due(at, 10)).toMatchObject([{ id: staged.id, told: true }])
  })

  test('the same packet by two roads at the same time is new once', async () => {
    const spool = await make()
    const twins = await Promise.all([1, 1, 1].map(seed => receive(spool, seed, { sizeBytes: 5000 })))
    expect(twins.map(twin => twin.outcome).sort()).toEqual(['duplicate', 'duplicate', 'new'])
    expect((await read(await spool.inbox.open(twins[0]?.id as PacketId)))?.length).toBe(5000)
  })

  test('due packets come by niceness, then age, and no more than asked for', async () => {
    const spool = await make()
    const ids: PacketId[] = []
    for (const niceness of [200, 10, 96, 10]) ids.push((await receive(spool, ids.length, { niceness })).id)
    const due = (await spool.inbox.due(at, 3)).map(packet => packet.id)
    expect(due).toEqual([ids[1], ids[3], ids[2]])
  })
}

function retryContract(make: SpoolFactory): void {
  test('a packet put off is due again at its time, and counts its attempts', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1)
    expect(await spool.inbox.nextDueAt()).toBeNull()
    await spool.inbox.retryLater(id, { dueAt: at + 5000.5, reason: 'the disk is full' })
    expect(await spool.inbox.due(at + 4999, 10)).toEqual([])
    expect(await spool.inbox.nextDueAt()).toBe(at + 5000)
    expect(await spool.inbox.seen(id)).toMatchObject({ outcome: 'waiting' })
    expect(await spool.inbox.due(at + 5000, 10)).toMatchObject([{ id, attempts: 1 }])
    expect(await spool.inbox.nextDueAt()).toBeNull()
    await spool.inbox.retryLater(id, { dueAt: at + 9000, reason: 'again' })
    expect(await spool.inbox.due(at + 9000, 10)).toMatchObject([{ id, attempts: 2 }])
  })

  test('a clock set back does not hold a packet for a year', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1)
    const wrong = at + 365 * dayMs
    await spool.inbox.retryLater(id, { dueAt: wrong + 60_000, reason: 'tried while the clock was a year ahead' })
    expect(await spool.inbox.due(at, 10)).toMatchObject([{ id }])
    await spool.inbox.retryLater(id, { dueAt: at + dayMs, reason: 'a day is waited for' })
    expect(await spool.inbox.due(at, 10)).toEqual([])
  })
}

function settlingContract(make: SpoolFactory): void {
  test('a finished packet is seen for good, and its answers are in the outbox', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    const ack = outbound(await stage(spool, 2), { kind: 'ack', acknowledges: id })
    await spool.inbox.finish(id, { at: at + 1, outbound: [ack] })
    expect(await spool.inbox.open(id)).toBeUndefined()
    expect(await spool.inbox.due(at + 2, 10)).toEqual([])
    expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
    expect(await spool.inbox.seen(id)).toEqual({ sender: there, at: at + 1, outcome: 'taken' })
    expect(await spool.outbox.get(ack.staged.id)).toBeDefined()
    expect((await receive(spool, 1, { sizeBytes: 5000 })).outcome).toBe('duplicate')
    const again = outbound(await stage(spool, 3))
    await spool.inbox.finish(id, { at: at + 9, outbound: [again] })
    expect(await spool.outbox.get(again.staged.id)).toBeUndefined()
  })

  test('a packet set aside keeps its bytes, counts as seen, and is answered', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    const ack = outbound(await stage(spool, 2), { kind: 'ack', acknowledges: id })
    await spool.inbox.quarantine(id, { reason: 'no such handle', outcome: 'taken', at: at + 1, outbound: [ack] })
    expect(await spool.inbox.seen(id)).toEqual({ sender: there, at: at + 1, outcome: 'taken' })
    expect(await spool.outbox.get(ack.staged.id)).toBeDefined()
    expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
    const [entry] = await spool.quarantine.list(10)
    expect(entry).toMatchObject({ name: id, reason: 'no such handle', source: 'stick', sizeBytes: 5000, kept: true })
    expect((await read(await spool.quarantine.open(entry?.number ?? 0)))?.length).toBe(5000)
    expect((await receive(spool, 1, { sizeBytes: 5000 })).outcome).toBe('duplicate')
  })

  test('bytes that outbox and inbox share go with the last of them', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await spool.outbox.commit([outbound(await stage(spool, 1, 5000))])
    await spool.inbox.quarantine(id, { reason: 'ours', outcome: 'refused', at, outbound: [] })
    await spool.outbox.release(id, at)
    const [entry] = await spool.quarantine.list(1)
    expect((await read(await spool.quarantine.open(entry?.number ?? 0)))?.length).toBe(5000)
    expect(await spool.quarantine.remove(entry?.number ?? 0)).toBe(true)
    expect(await spool.quarantine.count()).toBe(0)
    await spool.outbox.commit([outbound(await stage(spool, 1, 5000))])
    expect((await read(await spool.outbox.open(id)))?.length).toBe(5000)
  })
}

function quarantineContract(make: SpoolFactory): void {
  test('a bad file is noted once, without bytes', async () => {
    const { quarantine } = await make()
    const note = { name: '../../etc/passwd\0', reason: 'not a packet', source: '/media/stick', sizeBytes: 7, at }
    await quarantine.note(note)
    await quarantine.note({ ...note, at: at + 1 })
    await quarantine.note({ ...note, sizeBytes: 8 })
    expect(await quarantine.count()).toBe(2)
    const [latest, first] = await quarantine.list(10)
    expect(latest).toMatchObject({ sizeBytes: 8, kept: false })
    expect(first).toMatchObject({ ...note, name: '../../etc/passwd\ufffd', kept: false })
    expect(await quarantine.open(first?.number ?? 0)).toBeUndefined()
    expect(await quarantine.remove(first?.number ?? 0)).toBe(true)
    expect(await quarantine.remove(first?.number ?? 0)).toBe(false)
    expect(await quarantine.count()).toBe(1)
  })

  test('names and reasons of any length are cut', async () => {
    const { quarantine } = await make()
    const long = 'x'.repeat(70_000)
    await quarantine.note({ name: long, reason: long, source: long, sizeBytes: 1, at })
    const [entry] = await quarantine.list(1)
    expect(JSON.stringify(entry).length).toBeLessThan(10_000)
  })
}
