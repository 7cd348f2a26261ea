import { type PacketId, readBundle, writeBundle } from '@posthorn/nncp'
import { describe, expect, it, vi } from 'vitest'
import { OperatingError } from '../../../base/errors.ts'
import type { BundleSink, BundleSource } from '../../../links/bundle/index.ts'
import { sealed, TestNode } from '../fixture.ts'

const signal = new AbortController().signal
const quiet = { signal, onProgress: () => {} }

class Tape implements BundleSink {
  readonly #chunks: Uint8Array[] = []
  readonly #fails: 'write' | 'commit' | undefined
  state: 'open' | 'committed' | 'discarded' = 'open'

  constructor(fails?: 'write' | 'commit') {
    this.#fails = fails
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#fails === 'write') throw new OperatingError('no room', { code: 'medium-full', retry: 'later' })
    this.#chunks.push(chunk)
  }

  async commit(): Promise<void> {
    if (this.#fails === 'commit') throw new OperatingError('no disk', { code: 'bundle-unwritable', retry: 'later' })
    this.state = 'committed'
  }

  async discard(): Promise<void> {
    if (this.state === 'open') this.state = 'discarded'
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

function sourceOf(bytes: Uint8Array): BundleSource {
  return {
    sizeBytes: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
    },
  }
}

async function acquainted(custody: 'ack' | 'copy' = 'ack') {
  const [a, b] = [TestNode.open(), TestNode.open()]
  await a.knows(b, custody)
  await b.knows(a)
  return { a, b }
}

const everything = { to: null, nicenessMax: 255, hold: false }

async function write(node: TestNode, how: Partial<Parameters<TestNode['courier']['bundles']['write']>[0]> = {}) {
  const tape = new Tape()
  const report = await node.courier.bundles.write({ name: 'tape', sink: tape, ...everything, ...quiet, ...how })
  return { report, bytes: tape.bytes }
}

const read = (node: TestNode, bytes: Uint8Array) =>
  node.courier.bundles.read({ name: 'tape', source: sourceOf(bytes), ...quiet })

async function idsIn(bytes: Uint8Array): Promise<PacketId[]> {
  const ids: PacketId[] = []
  for await (const { id } of readBundle(sourceOf(bytes).read())) ids.push(id)
  return ids
}

/** A bundle with a packet whose bytes and names are chosen. */
async function forged(...members: { sender: TestNode; recipient: TestNode; id: PacketId; bytes: Uint8Array }[]) {
  async function* packets() {
    for (const { sender, recipient, id, bytes } of members) {
      const body = sourceOf(bytes).read()
      yield { sender: sender.id, recipient: recipient.id, id, sizeBytes: bytes.length, body }
    }
  }
  const parts: Uint8Array[] = []
  for await (const part of writeBundle(packets())) parts.push(part)
  return Buffer.concat(parts)
}

describe('two nodes and a tape', () => {
  it('letters go one way, acks come back the other', async () => {
    const { a, b } = await acquainted()
    await a.writes(b, 'first')
    await a.writes(b, Buffer.alloc(300_000, 'x'))
    const { report, bytes } = await write(a)
    expect(report).toMatchObject({ bundle: 'tape', written: { packets: 2 }, waiting: { packets: 0 } })
    expect(await a.waiting()).toBe(2)
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 2 }, duplicates: 0, left: 0, bad: [] })
    expect(b.delivered.map(text => text.slice(0, 5)).sort()).toEqual(['first', 'xxxxx'])
    const back = await write(b)
    expect(back.report.written.packets).toBe(2)
    expect(await b.waiting()).toBe(0)
    expect(await read(a, back.bytes)).toMatchObject({ taken: { packets: 2 } })
    expect(await a.waiting()).toBe(0)
  })

  it('what comes twice is delivered once and acknowledged again', async () => {
    const { a, b } = await acquainted()
    const id = await a.writes(b, 'once')
    const { bytes } = await write(a)
    await read(b, Buffer.concat([bytes, bytes]))
    expect(b.delivered).toEqual(['once'])
    expect(b.acknowledgedAgain).toEqual([id])
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 0 }, duplicates: 1 })
  })

  it('packets for others are passed over and counted', async () => {
    const { a, b } = await acquainted()
    const c = TestNode.open()
    await a.knows(c)
    await a.writes(c, 'for c')
    await a.writes(b, 'for b')
    const { bytes } = await write(a)
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 1 }, others: { packets: 1 } })
    expect(b.delivered).toEqual(['for b'])
  })
})

describe('what goes into a bundle', () => {
  it('is chosen by neighbour and by niceness', async () => {
    const { a, b } = await acquainted()
    const c = TestNode.open()
    await a.knows(c)
    const forB = await a.writes(b, 'for b')
    const forC = await a.writes(c, 'for c')
    const neighbour = (await a.directory.neighbours.get(c.id)) ?? expect.unreachable()
    expect(await idsIn((await write(a, { to: [neighbour] })).bytes)).toEqual([forC])
    expect(await idsIn((await write(a, { nicenessMax: 95 })).bytes)).toEqual([])
    expect((await idsIn((await write(a, { nicenessMax: 96 })).bytes)).sort()).toEqual([forB, forC].sort())
  })

  it('counts as copied, and is let go of where nobody acknowledges, only once it is durable', async () => {
    const { a, b } = await acquainted('copy')
    await a.writes(b, 'letter')
    for (const fails of ['write', 'commit'] as const) {
      const sink = new Tape(fails)
      await expect(a.courier.bundles.write({ name: 't', sink, ...everything, ...quiet })).rejects.toBeInstanceOf(
        OperatingError,
      )
      expect([sink.state, await a.waiting()]).toEqual(['discarded', 1])
    }
    await write(a)
    expect(await a.waiting()).toBe(0)
  })

  it('on hold, it is copied when it was confirmed, and let go of only if asked', async () => {
    const { a, b } = await acquainted('copy')
    const copying = vi.spyOn(a.spool.outbox, 'copied')
    const copied = () => copying.mock.calls.map(([, medium]) => medium)
    await a.writes(b, 'letter')
    const { bytes } = await write(a, { hold: true })
    expect(copied()).toEqual([])
    const confirm = (release: boolean) =>
      a.courier.bundles.confirm({ name: '-', source: sourceOf(bytes), release, signal })
    expect(await confirm(false)).toEqual({ packets: 1, released: 0 })
    expect([copied(), await a.waiting()]).toEqual([['bundle:-'], 1])
    expect(await confirm(true)).toEqual({ packets: 1, released: 1 })
    expect(await a.waiting()).toBe(0)
    expect(await confirm(true)).toEqual({ packets: 0, released: 0 })
  })

  it('for neighbours that acknowledge stays, whatever is asked', async () => {
    const { a, b } = await acquainted()
    await a.writes(b, 'letter')
    const { bytes } = await write(a, { hold: true })
    const how = { name: '-', source: sourceOf(bytes), release: true, signal }
    expect(await a.courier.bundles.confirm(how)).toEqual({ packets: 1, released: 0 })
    expect(await a.waiting()).toBe(1)
  })

  it('is nothing when it was cancelled', async () => {
    const { a, b } = await acquainted('copy')
    await a.writes(b, 'letter')
    const sink = new Tape()
    const cancelled = { ...everything, ...quiet, signal: AbortSignal.abort() }
    await expect(a.courier.bundles.write({ name: 't', sink, ...cancelled })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect([sink.state, await a.waiting()]).toEqual(['discarded', 1])
  })

  it('is bounded; the rest waits', async () => {
    const a = TestNode.open({ limits: { bundledPacketsMax: 2, packetsPerPage: 1 } })
    const b = TestNode.open()
    await a.knows(b)
    for (const text of ['1', '2', '3']) await a.writes(b, text)
    expect((await write(a)).report).toMatchObject({ written: { packets: 2 }, waiting: { packets: 1 } })
  })
})

describe('threats: a bundle that is taken in', () => {
  it('with content that is not its hash', async () => {
    const { a, b } = await acquainted()
    const good = sealed(a.id, b.id, 'good')
    const bad = sealed(a.id, b.id, 'bad')
    const bytes = await forged(
      { sender: a, recipient: b, id: bad.id, bytes: good.bytes },
      { sender: a, recipient: b, id: good.id, bytes: good.bytes },
    )
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 1 }, bad: [{ name: bad.id }] })
    expect(b.delivered).toEqual(['good'])
  })

  it('from strangers, or under a neighbour’s name', async () => {
    const { a, b } = await acquainted()
    const stranger = TestNode.open()
    const packet = sealed(stranger.id, b.id, 'psst')
    const bytes = await forged({ sender: stranger, recipient: b, ...packet }, { sender: a, recipient: b, ...packet })
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 0 }, left: 2, leftReasons: { unknownSender: 2 } })
    expect(b.delivered).toEqual([])
  })

  it('cut in the middle: what came before is taken, and it says so', async () => {
    const { a, b } = await acquainted()
    await a.writes(b, 'first')
    await a.writes(b, Buffer.alloc(90_000))
    const { bytes } = await write(a)
    const report = await read(b, bytes.subarray(0, bytes.length - 50_000))
    expect(report).toMatchObject({ taken: { packets: 1 }, error: { code: 'bundle-truncated' } })
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 1 }, duplicates: 1 })
  })

  it('that is something else, or cannot be read', async () => {
    const { b } = await acquainted()
    expect(await read(b, Buffer.alloc(5000, 'rubbish'))).toMatchObject({ error: { code: 'no-bundle' } })
    const next = () => Promise.reject(new OperatingError('scratched', { code: 'bundle-unreadable', retry: 'later' }))
    const source: BundleSource = { sizeBytes: 1, read: () => ({ [Symbol.asyncIterator]: () => ({ next }) }) }
    const report = await b.courier.bundles.read({ name: 'disc', source, ...quiet })
    expect(report.error?.code).toBe('bundle-unreadable')
  })

  it('larger than the inbox is waited for, once in vain', async () => {
    let opened = 0
    const a = TestNode.open()
    const b: TestNode = TestNode.open({
      limits: { inboxBytesMax: 1000 },
      settled: async () => {
        opened += 1
        await b.toss()
      },
    })
    await a.knows(b)
    await b.knows(a)
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await a.writes(b, text.repeat(300))
    const { bytes } = await write(a)
    expect(await read(b, bytes)).toMatchObject({ taken: { packets: 7 }, left: 0 })
    expect(opened).toBeGreaterThan(2)
    const settled = async () => {
      opened += 1
    }
    const full = TestNode.open({ limits: { inboxBytesMax: 1000 }, settled })
    await full.knows(a)
    await a.knows(full)
    for (const text of ['a', 'b', 'c', 'd']) await a.writes(full, text.repeat(400))
    const neighbour = (await a.directory.neighbours.get(full.id)) ?? expect.unreachable()
    opened = 0
    const outcome = await read(full, (await write(a, { to: [neighbour] })).bytes)
    expect(outcome).toMatchObject({ taken: { packets: 1 }, left: 3, leftReasons: { noRoom: 3 } })
    expect(opened).toBe(2)
  })

  it('larger than a packet may be is passed over', async () => {
    const a = TestNode.open()
    const b = TestNode.open({ limits: { packetBytesMax: 1000 } })
    await a.knows(b)
    await b.knows(a)
    await a.writes(b, Buffer.alloc(5000))
    await a.writes(b, 'small')
    expect(await read(b, (await write(a)).bytes)).toMatchObject({ taken: { packets: 1 }, leftReasons: { tooLarge: 1 } })
  })
})
