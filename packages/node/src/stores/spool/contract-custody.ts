/** What every spool must do with letters that stay with their sender. Run by the real one and its twin in memory. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { describe, expect, test, vi } from 'vitest'
import { bytesOf, node, outbound, read, type SpoolFactory, stage } from './contract.ts'
import type { Envelope } from './envelope.ts'
import { outcomes } from './keeping.ts'
import type { NewOutbound, Spool } from './spool.ts'

const at = 1_700_000_000_000
const [there, relay, other] = [node(2), node(3), node(4)] as const
const envelope: Envelope = { returnPath: 'alice@here', recipients: ['bob@there'] }
const eager: Envelope = { ...envelope, wishes: { recipients: { 'bob@there': { notify: ['success'] } } } }
const hourMs = 3_600_000
const evidence = Buffer.from('signed')
const returned = { kind: 'returned', at } as const
const delivered = Uint8Array.of(outcomes.delivered)

/** A letter, straight to its node. */
async function send(
  spool: Spool,
  seed: number,
  changes: Partial<NewOutbound> = {},
  sizeBytes = 100,
): Promise<PacketId> {
  const staged = await stage(spool, seed, sizeBytes)
  const number = await spool.custody.number(there)
  const custody = { number, road: [] }
  await spool.outbox.commit([outbound(staged, { envelope, custody, messageId: `${seed}@x`, ...changes })])
  await staged.discard()
  return staged.id
}

/** Another, wrapped for a relay: its own id, and that of its packet. */
async function sendByRelay(spool: Spool, seed: number): Promise<{ id: PacketId; packet: PacketId }> {
  const inner = await stage(spool, seed, 5000)
  async function* wrapped() {
    yield bytesOf(seed + 100, 6000)
  }
  const signal = new AbortController().signal
  const staged = await spool.stage(wrapped(), { signal, sizeBytesMax: 1_000_000, inner: () => inner })
  const custody = { number: await spool.custody.number(there), road: [relay] }
  await spool.outbox.commit([outbound(staged, { envelope, custody, nextHop: relay })])
  await staged.discard()
  return { id: inner.id, packet: staged.id }
}

const receipt = (spool: Spool, letter: PacketId, changes: { from?: NodeId; outcome?: number } = {}) =>
  spool.custody.receipted({
    from: changes.from ?? there,
    items: [{ letter, outcomes: Uint8Array.of(changes.outcome ?? outcomes.delivered), at }],
    bytes: evidence,
    at,
  })

const nobody = { ended: [], unknown: 1 }

export function custodyContract(name: string, make: SpoolFactory): void {
  describe(`custody until receipt: ${name}`, () => {
    keepingContract(make)
    receiptContract(make)
    roadsContract(make)
    numbersContract(make)
  })
}

function keepingContract(make: SpoolFactory): void {
  test('a letter that another node took over is kept, out of the queue, until its receipt came', async () => {
    const spool = await make()
    const id = await send(spool, 1, {}, 5000)
    expect(await spool.outbox.get(id)).toMatchObject({ custody: id })
    expect(await spool.outbox.acknowledge(id, there, at + 5)).toBe(true)
    expect(await spool.outbox.summary()).toEqual([])
    expect(await spool.custody.get(id)).toMatchObject({ id, destination: there, handedOverAt: at + 5, hasBody: true })
    expect((await read(await spool.custody.open(id)))?.length).toBe(5000)
    expect(await spool.custody.summary()).toEqual([{ destination: there, letters: 1, handedOver: 1, bytes: 5000 }])
    expect(await receipt(spool, id)).toMatchObject({ ended: [{ id, messageId: '1@x', handedTo: [there] }], unknown: 0 })
    expect(await spool.custody.get(id)).toBeUndefined()
    expect(await spool.custody.open(id)).toBeUndefined()
    expect(await spool.custody.summary()).toEqual([])
    expect(await spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
  })

  test('a receipt ends a packet that waits in the outbox still; copies of it may be taken off media', async () => {
    const spool = await make()
    const { id, packet } = await sendByRelay(spool, 1)
    expect((await spool.scrub.total()).packets).toBe(2)
    await receipt(spool, id)
    expect(await spool.outbox.get(packet)).toBeUndefined()
    expect(await spool.outbox.wasAcknowledged(packet)).toBe(true)
    expect(await spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
  })

  test('the packet for a relay goes when the relay has it, and the letter inside is kept', async () => {
    const spool = await make()
    const { id, packet } = await sendByRelay(spool, 1)
    await spool.outbox.acknowledge(packet, relay, at)
    expect(await spool.scrub.total()).toEqual({ packets: 1, bytes: 5000 })
    expect((await read(await spool.custody.open(id)))?.equals(bytesOf(1, 5000))).toBe(true)
    expect(await spool.custody.get(id)).toMatchObject({ roads: [{ road: [relay], handedTo: relay, waits: false }] })
  })

  test('letters for nodes that give no receipts are forgotten when they were handed over, as ever', async () => {
    const spool = await make()
    const staged = await stage(spool, 1)
    await spool.outbox.commit([outbound(staged, { envelope })])
    await spool.outbox.acknowledge(staged.id, there, at)
    expect(await spool.custody.get(staged.id)).toBeUndefined()
    expect(await spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
  })

  test('they grow overdue in custody too, beside those that wait, and say that they were handed on', async () => {
    const spool = await make()
    await spool.prune(at)
    const handed = await send(spool, 1, { excerpt: { whole: false, bytes: Buffer.from('Subject: x\r\n') } })
    const plain = await stage(spool, 2)
    await spool.outbox.commit([outbound(plain, { envelope, messageId: '2@x' })])
    const waiting = await send(spool, 3)
    await spool.outbox.acknowledge(handed, there, at)
    await spool.prune(at + 24 * hourMs)
    const which = { warned: false, days: 1, after: 0, limit: 10 }
    const overdue = await spool.waiting.overdue(which)
    expect(overdue.map(({ id, handedOver }) => [id, handedOver])).toEqual([
      [handed, true],
      [plain.id, false],
      [waiting, false],
    ])
    expect(await spool.waiting.overdue({ ...which, limit: 2 })).toHaveLength(2)
    expect((await spool.waiting.excerpt(handed))?.bytes.length).toBe(12)
    await spool.waiting.markWarned([handed], at)
    expect(await spool.waiting.overdue({ ...which, warned: true })).toMatchObject([{ id: handed }])
    await spool.waiting.abandon([handed, waiting], returned)
    expect(await spool.custody.summary()).toEqual([])
    expect(await spool.waiting.excerpt(handed)).toBeUndefined()
    expect((await spool.outbox.summary())[0]?.packets).toBe(1)
    expect((await spool.scrub.total()).packets).toBe(1)
  })

  test('the oldest bodies go when there are too many; their letters stay, and their receipts count', async () => {
    const spool = await make()
    const ids = [await send(spool, 1, {}, 5000), await send(spool, 2, {}, 5000), await send(spool, 3, {}, 5000)]
    for (const id of ids.slice(0, 2)) await spool.outbox.acknowledge(id, there, at)
    expect(await spool.custody.limitBodies(10_000)).toBe(0)
    expect(await spool.custody.letGo()).toBe(0)
    expect(await spool.custody.limitBodies(6000)).toBe(1)
    expect(await spool.custody.letGo()).toBe(1)
    expect(await spool.custody.get(ids[0] as PacketId)).toMatchObject({ hasBody: false })
    expect(await spool.custody.open(ids[0] as PacketId)).toBeUndefined()
    expect(await spool.custody.sendAgain(ids[0] as PacketId, { packet: null, road: [], nextHop: there, at })).toBe(
      false,
    )
    expect(await spool.custody.summary()).toMatchObject([{ letters: 3, handedOver: 2, bytes: 5000 }])
    expect((await spool.scrub.total()).packets).toBe(2)
    expect((await receipt(spool, ids[0] as PacketId)).ended).toHaveLength(1)
    expect(await spool.custody.letGo()).toBe(0)
  })
}

function receiptContract(make: SpoolFactory): void {
  test('a receipt of another node, for other recipients, or for no letter of ours changes nothing', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    expect(await receipt(spool, id, { from: other })).toEqual(nobody)
    expect(await receipt(spool, 'A'.repeat(52) as PacketId)).toEqual(nobody)
    const two = { letter: id, outcomes: Uint8Array.of(1, 1), at }
    expect(await spool.custody.receipted({ from: there, items: [two], bytes: evidence, at })).toEqual(nobody)
    expect(await spool.custody.receipt(id)).toBeUndefined()
    expect((await spool.outbox.get(id))?.custody).toBe(id)
  })

  test('the same receipt again, or an older one, changes nothing; fetched comes after delivered', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    await receipt(spool, id)
    expect(await receipt(spool, id)).toEqual({ ended: [], unknown: 0 })
    await receipt(spool, id, { outcome: outcomes.fetched })
    await receipt(spool, id)
    await receipt(spool, id, { outcome: outcomes.failed })
    expect([...((await spool.custody.receipt(id))?.outcomes ?? [])]).toEqual([outcomes.fetched])
    expect(Buffer.from((await spool.custody.receipt(id))?.batch ?? []).toString()).toBe('signed')
  })

  test('a receipt for a letter that was given up is believed; that it arrived after all is news, once', async () => {
    const spool = await make()
    const [id, lost] = [await send(spool, 1), await send(spool, 2)]
    await spool.waiting.abandon([id, lost], returned)
    expect(await receipt(spool, id, { from: other })).toEqual(nobody)
    expect(await receipt(spool, id)).toEqual({ ended: [], unknown: 0 })
    const news = await spool.custody.news(10)
    expect(news).toMatchObject([{ id, messageId: '1@x', envelope, destination: there, at, afterAll: true }])
    expect(await spool.custody.receipt(id)).toMatchObject({ outcomes: delivered })
    await spool.custody.forgetNews(news.map(({ sequence }) => sequence))
    await receipt(spool, id)
    await receipt(spool, id, { outcome: outcomes.fetched })
    // What was lost, as its sender knows, is no news.
    await receipt(spool, lost, { outcome: outcomes.refused })
    expect(await spool.custody.news(10)).toEqual([])
  })

  test('a receipt for a letter that was taken back is believed, and no news for its sender', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    const { recipients, returnPath: sender } = envelope
    const facts = { letter: id, destination: there, messageId: '1@x', sender, recipients, everybody: recipients }
    const asked = { hasLeft: true, tombstones: [], asksDestination: true, asksRelays: [], at } as const
    await spool.recalls.take({ ...facts, ...asked, reason: 'recalled' })
    expect(await receipt(spool, id)).toEqual({ ended: [], unknown: 0 })
    expect(await spool.custody.receipt(id)).toMatchObject({ outcomes: delivered })
    expect(await spool.custody.news(10)).toEqual([])
  })

  test('a receipt for a letter that was given up more than a year ago changes nothing', async () => {
    const spool = await make()
    await spool.prune(at)
    const id = await send(spool, 1)
    await spool.waiting.abandon([id], returned)
    for (let day = 1; day <= 367; day += 1) await spool.prune(at + day * 24 * hourMs)
    expect(await receipt(spool, id)).toEqual(nobody)
  })

  test('who asked for it, or whose letter was refused, is to be told, once', async () => {
    const spool = await make()
    const hint = vi.fn()
    spool.custody.onNews(hint)
    spool.waiting.onHandedOver(hint)
    const [eagerly, silently, refused] = [
      await send(spool, 1, { envelope: eager }),
      await send(spool, 2),
      await send(spool, 3),
    ]
    for (const id of [eagerly, silently, refused]) await spool.outbox.acknowledge(id, there, at)
    expect(await spool.waiting.handedOver({ after: 0, limit: 10 })).toEqual([])
    expect(hint).not.toHaveBeenCalled()
    await receipt(spool, eagerly)
    await receipt(spool, eagerly)
    await receipt(spool, silently)
    await receipt(spool, refused, { outcome: outcomes.refused })
    expect(hint).toHaveBeenCalledTimes(2)
    const news = await spool.custody.news(10)
    expect(news).toMatchObject([
      { id: eagerly, messageId: '1@x', envelope: eager, destination: there, at },
      { id: refused },
    ])
    await spool.custody.forgetNews(news.map(({ sequence }) => sequence))
    expect(await spool.custody.news(10)).toEqual([])
  })
}

function roadsContract(make: SpoolFactory): void {
  const silent = async (spool: Spool) => (await spool.custody.silent(10)).map(({ id }) => id)

  test('silence is time in which the node ran, lasts longer each time, and nothing is sent twice', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    await spool.outbox.acknowledge(id, there, at)
    expect(await silent(spool)).toEqual([])
    await spool.custody.ran(hourMs)
    expect(await silent(spool)).toEqual([id])
    const again = { packet: null, road: [], nextHop: there, at }
    expect(await spool.custody.sendAgain(id, again)).toBe(true)
    expect(await spool.custody.sendAgain(id, again)).toBe(false)
    expect(await spool.outbox.get(id)).toMatchObject({ custody: id, nextHop: there, envelope: null })
    expect(await silent(spool)).toEqual([])
    await spool.outbox.acknowledge(id, there, at)
    await spool.custody.ran(hourMs)
    expect(await silent(spool)).toEqual([])
    await spool.custody.ran(hourMs)
    expect(await silent(spool)).toEqual([id])
    await spool.custody.waitOn(id)
    await spool.custody.ran(3 * hourMs)
    expect(await silent(spool)).toEqual([])
    await spool.custody.ran(hourMs)
    expect(await silent(spool)).toEqual([id])
  })

  test('what its destination has lost is silent for long enough at once, for that node only', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    await spool.outbox.acknowledge(id, there, at)
    expect(await spool.custody.hurry(id, other)).toBe(false)
    expect(await silent(spool)).toEqual([])
    expect(await spool.custody.hurry(id, there)).toBe(true)
    expect(await silent(spool)).toEqual([id])
  })

  test('copies of what is sent again are not taken off media until it is acknowledged again', async () => {
    const spool = await make()
    const id = await send(spool, 1)
    await spool.outbox.acknowledge(id, there, at)
    expect(await spool.outbox.wasAcknowledged(id)).toBe(true)
    await spool.custody.sendAgain(id, { packet: null, road: [], nextHop: there, at })
    expect(await spool.outbox.wasAcknowledged(id)).toBe(false)
    await receipt(spool, id)
    expect(await spool.outbox.wasAcknowledged(id)).toBe(true)
  })

  test('a road that usually brings receipts soon is given up soon, but not at once', async () => {
    const spool = await make()
    for (let seed = 1; seed <= 20; seed += 1) {
      const id = await send(spool, seed)
      await spool.outbox.acknowledge(id, there, at)
      await spool.custody.ran(1000)
      await receipt(spool, id)
    }
    const lost = await send(spool, 50)
    await spool.outbox.acknowledge(lost, there, at)
    await spool.custody.ran(9 * 60_000)
    expect(await silent(spool)).toEqual([])
    await spool.custody.ran(60_000)
    expect(await silent(spool)).toEqual([lost])
  })

  test('what went on a medium has a day, and so has what nobody took over', async () => {
    const spool = await make()
    const onStick = await send(spool, 1)
    await spool.outbox.copied(onStick, 'stick', at)
    await spool.outbox.acknowledge(onStick, there, at)
    const unsent = await send(spool, 2)
    await spool.custody.ran(23 * hourMs)
    expect(await silent(spool)).toEqual([])
    await spool.custody.ran(hourMs)
    expect((await silent(spool)).sort()).toEqual([onStick, unsent].sort())
  })

  test('by another road it goes as another packet; the receipt ends both, and tells who had them', async () => {
    const spool = await make()
    const { id, packet } = await sendByRelay(spool, 1)
    await spool.outbox.acknowledge(packet, relay, at)
    const wrapped = await stage(spool, 60, 6000)
    const road = [other]
    expect(await spool.custody.sendAgain(id, { packet: wrapped, road, nextHop: other, at })).toBe(true)
    await wrapped.discard()
    expect(await spool.outbox.get(wrapped.id)).toMatchObject({ custody: id, nextHop: other, sizeBytes: 6000 })
    expect((await spool.custody.get(id))?.roads).toEqual([
      { road: [relay], tries: 1, handedTo: relay, waits: false },
      { road: [other], tries: 1, handedTo: null, waits: true },
    ])
    expect((await receipt(spool, id)).ended).toMatchObject([{ handedTo: [relay] }])
    expect(await spool.outbox.summary()).toEqual([])
    expect(await spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
  })

  test('a road that is no more takes its packet with it, and the letter goes by another soon', async () => {
    const spool = await make()
    const { id, packet } = await sendByRelay(spool, 1)
    await spool.custody.dropRoad(packet)
    expect(await spool.outbox.summary()).toEqual([])
    expect(await silent(spool)).toEqual([id])
    expect(await spool.custody.open(id)).toBeDefined()
  })

  test('a damaged packet of one road leaves the letter; a damaged letter goes on by what is sound', async () => {
    const spool = await make()
    const first = await sendByRelay(spool, 1)
    expect(await spool.scrub.setAside(first.packet, { reason: 'damaged', at })).toBe(true)
    expect(await silent(spool)).toEqual([first.id])
    const second = await sendByRelay(spool, 2)
    expect(await spool.scrub.setAside(second.id, { reason: 'damaged', at })).toBe(true)
    expect(await spool.custody.get(second.id)).toMatchObject({ hasBody: false })
    expect(await spool.outbox.get(second.packet)).toBeDefined()
    const direct = await send(spool, 3)
    await spool.scrub.setAside(direct, { reason: 'damaged', at })
    expect(await spool.custody.get(direct)).toBeUndefined()
  })
}

function numbersContract(make: SpoolFactory): void {
  test('numbers go on by one; the ranges that wait are those which were committed and have no receipt', async () => {
    const spool = await make()
    const ids = [await send(spool, 1), await send(spool, 2), await send(spool, 3), await send(spool, 4)]
    const { series, number, waiting } = await spool.custody.number(there)
    expect({ number, waiting }).toEqual({ number: 5, waiting: [[1, 4]] })
    // The fifth was never committed: nobody hears of it.
    await receipt(spool, ids[1] as PacketId)
    await spool.waiting.abandon([ids[3] as PacketId], returned)
    await send(spool, 6)
    const next = await spool.custody.number(there)
    expect(next).toMatchObject({ series, number: 7 })
    expect(next.waiting).toEqual([
      [1, 1],
      [3, 3],
      [6, 6],
    ])
    expect(await spool.custody.number(other)).toMatchObject({ number: 1, waiting: [] })
  })

  test('no more ranges are told than fit: the latest', async () => {
    const spool = await make()
    for (let seed = 1; seed <= 80; seed += 1) {
      const id = await send(spool, seed)
      if (seed % 2 === 0)
        await spool.custody.receipted({
          from: there,
          items: [{ letter: id, outcomes: delivered, at }],
          bytes: evidence,
          at,
        })
    }
    const { waiting } = await spool.custody.number(there)
    expect([waiting.length, waiting.at(-1)]).toEqual([32, [79, 79]])
  })
}
