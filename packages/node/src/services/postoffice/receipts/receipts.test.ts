/** Receipts between post offices on real stores: what ends custody, what does not, what brings a lost letter home. */
import { execPath, type NodeId, type PacketId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { zstdCompress } from '../../../base/zstd.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import { outcomes, type ReceiptItem } from '../../../stores/spool/index.ts'
import { controlHandle } from '../control/messages.ts'
import { carry, Office, queueOf, streamOf } from '../rig.ts'
import { readBatch, sealBatch } from './wire.ts'

const dayMs = 24 * 3_600_000
let [valley, ridge, hut]: Office[] = []
let all: Office[] = []

const cardOf = ({ identity, name }: Office) =>
  cardLink(pureSuite, identity, { name, domains: [], addresses: [], acknowledges: true, receipts: true, issuedAt: 0 })
const meets = (one: Office, other: Office, traits: Partial<Neighbour> = {}) =>
  one.knows(other, { card: cardOf(other), ...traits })

beforeEach(async () => {
  const relays = { from: ['*'] }
  valley = await Office.open('valley', ['alice'])
  ridge = await Office.open('ridge', ['bob', 'dora'])
  hut = await Office.open('hut', [], undefined, relays)
  all = [valley, ridge, hut]
  for (const one of all) for (const other of all) if (one !== other) await meets(one, other)
})
afterEach(async () => {
  for (const office of all) await office.stop()
})

const office = (one: Office | undefined): Office => one ?? expect.unreachable()
const letter = (id: string) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`
const send = (id: string, to = ['bob'], wishes?: Parameters<Office['send']>[3]) =>
  office(valley).send(
    office(valley).address('alice'),
    to.map(user => office(ridge).address(user)),
    letter(id),
    wishes,
  )
const waiting = async () =>
  (await office(valley).spool.custody.summary()).reduce((sum, { letters }) => sum + letters, 0)

/** What a line does: the packets go over, and the sender hears that they are there. */
async function handOver(from: Office, to: Office): Promise<PacketId[]> {
  const ids = await carry(from, to)
  for (const id of ids) await from.spool.outbox.acknowledge(id, to.identity.id, 1)
  return ids
}

/** As `carry`; these were sealed by another. */
async function passOn(relay: Office, to: Office, { identity: { id: sender } }: Office): Promise<void> {
  for (const { id } of await queueOf(relay, to)) {
    const body = await relay.spool.outbox.open(id)
    await to.arrive({ bytes: body?.read() ?? streamOf(), sender, handedBy: relay.identity.id })
  }
}

describe('a letter for a node that gives receipts', () => {
  it('stays in custody when it was handed over, until the receipt came', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('one', ['bob', 'dora'])
    await handOver(a, b)
    expect(await b.letters('bob')).toHaveLength(1)
    expect((await b.letters('bob'))[0]).not.toContain('X-Posthorn')
    expect(await waiting()).toBe(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await a.spool.scrub.total()).toMatchObject({ packets: 0 })
  })

  it('of many one batch tells all, and receipts get no receipts', async () => {
    const [a, b] = [office(valley), office(ridge)]
    for (let number = 0; number < 20; number += 1) await send(`many${number}`)
    for (const { id } of await queueOf(a, b)) {
      const body = await a.spool.outbox.open(id)
      const staged = await b.spool.stage(body?.read() ?? streamOf(), { signal: AbortSignal.any([]), sizeBytesMax: 1e6 })
      await b.spool.inbox.commit({ staged, sender: a.identity.id, niceness: 96, source: 'x', at: 1, told: true })
      await a.spool.outbox.acknowledge(id, b.identity.id, 1)
    }
    b.office.arrived()
    await b.settled()
    expect(await queueOf(b, a)).toHaveLength(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await queueOf(a, b)).toEqual([])
  })

  it('tells the sender who asked: delivered, when the receipt came, and not relayed before', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('dsn', ['bob'], { recipients: { [b.address('bob')]: { notify: ['success'] } } })
    await handOver(a, b)
    await a.office.lookAfterWaiting()
    expect(await a.letters('alice')).toEqual([])
    await handOver(b, a)
    await handOver(b, a)
    await a.office.lookAfterWaiting()
    const reports = await a.letters('alice')
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatch(/^Action: delivered/m)
  })

  it('is returned after 30 days without receipt, and the words say that it may still arrive', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('silent')
    await handOver(a, b)
    for (let day = 0; day <= 31; day += 1) await a.spool.prune(day * dayMs)
    await a.office.lookAfterWaiting()
    const [report] = await a.letters('alice')
    expect(report).toContain('may still arrive')
    expect(await waiting()).toBe(0)
    // The receipt comes late, and is good news; once.
    await handOver(b, a)
    for (const _ of [1, 2]) await a.office.lookAfterWaiting()
    const [, afterAll, ...more] = (await a.letters('alice')).sort(
      (one, other) => Number(one.includes('after all')) - Number(other.includes('after all')),
    )
    expect(afterAll).toMatch(/Your message has arrived after all[\s\S]*Action: delivered\r\nStatus: 2\.1\.5/)
    expect(more).toEqual([])
    const journeys = await a.journeys.ofMessage('silent@test', { sender: null, limit: 1 })
    expect(journeys.map(({ state }) => state)).toEqual(['delivered'])
  })

  it('that a relay swallowed arrives by the other road, once, also when the relay passes it on after all', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    await meets(a, b, { via: [relay.identity.id] })
    await send('swallowed')
    const [outer] = await queueOf(a, relay)
    await carry(a, relay)
    await a.spool.outbox.acknowledge(outer?.id ?? expect.unreachable(), relay.identity.id, 1)
    expect(await a.office.lookAfterCustody(dayMs / 2)).toBe(0)
    expect(await a.office.lookAfterCustody(dayMs / 2)).toBe(1)
    expect(await queueOf(a, b)).toHaveLength(1)
    await handOver(a, b)
    expect(await b.letters('bob')).toHaveLength(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    // The first copy comes after all: known by its id, and answered anew, which changes nothing.
    expect(await queueOf(b, a)).toEqual([])
    await carry(relay, b)
    await b.settled()
    expect(await b.letters('bob')).toHaveLength(1)
    expect(await queueOf(b, a)).toHaveLength(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await a.spool.quarantine.count()).toBe(0)
  })

  it('that arrived by another road is not kept by the relay any longer, and that is no recall', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    await meets(a, b, { via: [relay.identity.id] })
    await send('twice')
    await handOver(a, relay)
    expect(await queueOf(relay, b)).toHaveLength(1)
    expect(await a.office.lookAfterCustody(dayMs)).toBe(1)
    await handOver(a, b)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await queueOf(a, relay)).toHaveLength(1)
    await handOver(a, relay)
    expect(await queueOf(relay, b)).toEqual([])
    // But for the acknowledgement, nothing is answered.
    expect((await queueOf(relay, a)).filter(({ kind }) => kind !== 'ack')).toEqual([])
    const what = { messageId: 'twice@test', sender: null, recipients: [] }
    const { letters, journeys } = await a.office.recall(what, new AbortController().signal)
    expect(letters).toEqual([])
    expect(journeys.map(({ state }) => state)).toEqual(['delivered'])
  })

  it('that went by one road only leaves nothing to be told of', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    await meets(a, b, { via: [relay.identity.id] })
    await send('once')
    await handOver(a, relay)
    await passOn(relay, b, a)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await queueOf(a, relay)).toEqual([])
  })

  it('goes by each of the roads that are known, the first again when all were tried', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    const pass = await Office.open('pass', [])
    all.push(pass)
    await meets(a, pass)
    const roads = [[pass.identity.id], [relay.identity.id, pass.identity.id]]
    await meets(a, b, { via: [relay.identity.id], otherRoads: roads })
    await send('roads')
    const handedTo = async (to: Office) => {
      const queue = await queueOf(a, to)
      for (const { id } of queue) await a.spool.outbox.acknowledge(id, to.identity.id, 1)
      return queue.length
    }
    for (const to of [relay, pass, relay]) {
      expect(await handedTo(to)).toBe(1)
      expect(await a.office.lookAfterCustody(8 * dayMs)).toBe(1)
    }
    expect(await handedTo(b)).toBe(1)
    expect(await a.office.lookAfterCustody(8 * dayMs)).toBe(1)
    expect(await handedTo(relay)).toBe(1)
  })

  it('passes over a road with a relay that is not known any more', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    const gone = 'A'.repeat(52) as NodeId
    await meets(a, b, { via: [relay.identity.id], otherRoads: [[gone]] })
    await send('gone')
    const [outer] = await queueOf(a, relay)
    await a.spool.outbox.acknowledge(outer?.id ?? expect.unreachable(), relay.identity.id, 1)
    expect(await a.office.lookAfterCustody(8 * dayMs)).toBe(1)
    expect(await queueOf(a, b)).toHaveLength(1)
  })

  it('whose receipt was lost is sent again, known by its id, and answered again', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('lost receipt')
    await handOver(a, b)
    for (const { id } of await queueOf(b, a)) await b.spool.outbox.release(id, 1)
    expect(await a.office.lookAfterCustody(dayMs)).toBe(1)
    await handOver(a, b)
    await b.settled()
    expect(await b.letters('bob')).toHaveLength(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
  })

  it('goes again at once when a person says so, by its usual road, unless it is on its way', async () => {
    const [a, b, relay] = [office(valley), office(ridge), office(hut)]
    await meets(a, b, { via: [relay.identity.id] })
    const resend = (messageId: string | null = null) =>
      a.office.resend({ destination: b.identity.id, messageId }, new AbortController().signal)
    const takenBy = async (to: Office) => {
      for (const { id } of await queueOf(a, to)) await a.spool.outbox.acknowledge(id, to.identity.id, 1)
    }
    for (const name of ['first', 'second']) await send(name)
    await takenBy(relay)
    await send('third')
    expect(await resend('second@test')).toEqual({ letters: 1, waiting: 0, impossible: 0 })
    expect(await queueOf(a, relay)).toHaveLength(2)
    expect(await resend()).toEqual({ letters: 1, waiting: 2, impossible: 0 })
    expect(await queueOf(a, relay)).toHaveLength(3)
    expect(await queueOf(a, b)).toEqual([])
    await handOver(a, relay)
    await passOn(relay, b, a)
    expect(await b.letters('bob')).toHaveLength(3)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
    expect(await resend()).toEqual({ letters: 0, waiting: 0, impossible: 0 })
  })

  it('is told of when a person wants it sent again and its bytes are not kept any more', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('gone')
    await handOver(a, b)
    await a.spool.custody.limitBodies(0)
    const resent = await a.office.resend({ destination: b.identity.id, messageId: null }, new AbortController().signal)
    expect(resent).toEqual({ letters: 0, waiting: 0, impossible: 1 })
    expect(await queueOf(a, b)).toEqual([])
  })

  it('a node that gives none gets no line of it, and its letters are forgotten as ever', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await meets(a, b, { card: null })
    await send('stock')
    await handOver(a, b)
    expect(await waiting()).toBe(0)
    expect(await b.spool.receipts.owed()).toEqual([])
  })
})

describe('a letter that an app has fetched', () => {
  it('is told of with another receipt, for its recipient only, and its journey says so', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('fetched', ['dora', 'bob'])
    await handOver(a, b)
    await handOver(b, a)
    const stations = async () => {
      const found = await a.journeys.ofMessage('fetched@test', { sender: null, limit: 10 })
      return Object.fromEntries(
        found.map(one => [one.recipient.split('@')[0], one.stations.slice(-2).map(({ kind, where }) => [kind, where])]),
      )
    }
    const [arrived, delivered, fetched] = ['arrived', 'delivered', 'fetched'].map(kind => [kind, b.identity.id])
    expect(await stations()).toEqual({ bob: [arrived, delivered], dora: [arrived, delivered] })
    const account = b.mailbox.account('bob', b.address('bob'))
    await account.releaseHeld()
    const inbox = await account.open('INBOX')
    if ('refused' in inbox) expect.unreachable()
    else inbox.fetched?.([1])
    await b.mailbox.fetched.note()
    await b.spool.receipts.fetched(await b.mailbox.fetched.page(10))
    await b.settled()
    await handOver(b, a)
    expect(await stations()).toEqual({ bob: [delivered, fetched], dora: [arrived, delivered] })
  })
})

describe('on their way', () => {
  it('the receiver knows how many earlier letters have not come yet', async () => {
    const [a, b] = [office(valley), office(ridge)]
    for (const id of ['first', 'second', 'third']) await send(id)
    const [first, second, third] = await queueOf(a, b)
    const bring = async (packet: typeof first) => {
      const body = await a.spool.outbox.open(packet?.id ?? expect.unreachable())
      await b.arrive({ bytes: body?.read() ?? streamOf(), sender: a.identity.id })
      return b.spool.receipts.onTheirWay(a.identity.id)
    }
    expect([await bring(third), await bring(first), await bring(second)]).toEqual([2, 1, 0])
  })
})

describe('attacks', () => {
  const receiptOf = async (
    by: Office,
    items: readonly ReceiptItem[],
    change: (bytes: Buffer) => Uint8Array = x => x,
  ) => {
    const a = office(valley)
    const batch = sealBatch(pureSuite, by.identity, { to: a.identity.id, items })
    const plain = { type: 'exec', niceness: 96, path: execPath(controlHandle, ['receipts']) } as const
    const bytes = by.seal(a, plain, zstdCompress(streamOf(change(Buffer.from(batch)))))
    await a.arrive({ bytes, sender: by.identity.id })
    return (await a.spool.quarantine.list(1))[0]?.reason
  }
  const itemFor = async () => {
    await send('target')
    const [packet] = await queueOf(office(valley), office(ridge))
    return [{ letter: packet?.id ?? expect.unreachable(), outcomes: Uint8Array.of(outcomes.delivered), at: 1 }]
  }

  it("a receipt from a neighbour for another node's letter changes nothing", async () => {
    expect(await receiptOf(office(hut), await itemFor())).toBeUndefined()
    expect(await waiting()).toBe(1)
  })

  it('a forged receipt, signed by nobody or altered, is set aside', async () => {
    const items = await itemFor()
    const flipped = (bytes: Buffer) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
    expect(await receiptOf(office(ridge), items, flipped)).toContain('signature')
    expect(await waiting()).toBe(1)
  })

  it("a batch of another node, or for another node's letters, in a packet of one's own is set aside", async () => {
    const items = await itemFor()
    const other = sealBatch(pureSuite, office(ridge).identity, { to: office(valley).identity.id, items })
    expect(await receiptOf(office(hut), items, () => other)).toContain('another node')
    const misdirected = sealBatch(pureSuite, office(ridge).identity, { to: office(hut).identity.id, items })
    expect(await receiptOf(office(ridge), items, () => misdirected)).toContain("another node's letters")
    expect(await waiting()).toBe(1)
  })

  it('a cut, long, or oversized batch is set aside', async () => {
    const items = await itemFor()
    expect(await receiptOf(office(ridge), items, bytes => bytes.subarray(0, 50))).toBeDefined()
    const many = Array.from({ length: 1001 }, () => items[0] ?? expect.unreachable())
    expect(await receiptOf(office(ridge), many)).toContain('too many')
    expect(await waiting()).toBe(1)
  })

  it('a replayed receipt changes nothing, and is not answered', async () => {
    const items = await itemFor()
    await receiptOf(office(ridge), items)
    expect(await waiting()).toBe(0)
    await receiptOf(office(ridge), items)
    expect(await office(valley).spool.quarantine.count()).toBe(0)
    expect(await queueOf(office(valley), office(ridge))).toEqual([])
  })

  it('a flood of duplicates makes no flood of receipts: one packet waits, however often a letter comes', async () => {
    const [a, b] = [office(valley), office(ridge)]
    await send('again and again')
    const [packet] = await queueOf(a, b)
    const body = await a.spool.outbox.open(packet?.id ?? expect.unreachable())
    const again = () => b.arrive({ bytes: body?.read() ?? streamOf(), sender: a.identity.id, told: true })
    for (let copy = 0; copy < 20; copy += 1) expect(await again()).toBe(copy === 0 ? 'new' : 'duplicate')
    // One acknowledgement, one packet with the receipt.
    expect(await queueOf(b, a)).toHaveLength(2)
    expect(await b.letters('bob')).toHaveLength(1)
    await handOver(b, a)
    expect(await waiting()).toBe(0)
  })

  it('a neighbour that never gives receipts: what is kept has a bound, senders get their letters back', async () => {
    const [a, b] = [office(valley), office(ridge)]
    for (const id of ['silent1', 'silent2', 'silent3']) await send(id)
    for (const { id } of await queueOf(a, b)) await a.spool.outbox.acknowledge(id, b.identity.id, 1)
    const [before] = await a.spool.custody.summary()
    expect(before).toMatchObject({ letters: 3, handedOver: 3 })
    const bytesMax = Math.floor((before?.bytes ?? 0) / 2)
    expect(await a.spool.custody.limitBodies(bytesMax)).toBeGreaterThan(0)
    const [after] = await a.spool.custody.summary()
    expect(after).toMatchObject({ letters: 3, handedOver: 3 })
    expect(after?.bytes).toBeLessThanOrEqual(bytesMax)
    for (let day = 0; day <= 6; day += 1) await a.spool.prune(day * dayMs)
    expect(await a.office.lookAfterWaiting()).toMatchObject({ warned: 3, returned: 0 })
    for (const warning of await a.letters('alice')) {
      expect(warning).toMatch(/^Action: delayed/m)
      expect(warning).toContain('Another node has taken it over')
    }
    for (let day = 7; day <= 31; day += 1) await a.spool.prune(day * dayMs)
    expect(await a.office.lookAfterWaiting()).toMatchObject({ returned: 3 })
    const returned = (await a.letters('alice')).filter(one => /^Action: failed/m.test(one))
    expect(returned).toHaveLength(3)
    for (const report of returned) expect(report).toContain('may still arrive')
    expect(await waiting()).toBe(0)
    expect(await a.spool.scrub.total()).toMatchObject({ packets: 0 })
  })

  it('beyond what may be kept the oldest are not sent again, and their receipts count', async () => {
    const bytesMax = 1000
    const small = await Office.open('small', ['alice'], undefined, {}, [], undefined, { custodyBytesMax: bytesMax })
    all.push(small)
    const b = office(ridge)
    await meets(small, b)
    await meets(b, small)
    for (const id of ['old', 'new']) await small.send(small.address('alice'), [b.address('bob')], letter(id))
    const [old, fresh] = await handOver(small, b)
    await small.office.lookAfterCustody(0)
    const held = await small.spool.custody.page(b.identity.id, { after: 0, limit: 9 })
    expect(held).toMatchObject([
      { id: old, hasBody: false },
      { id: fresh, hasBody: true },
    ])
    expect(await small.spool.custody.letGo()).toBe(1)
    expect(await small.office.lookAfterCustody(8 * dayMs)).toBe(1)
    expect((await queueOf(small, b)).map(({ id }) => id)).toEqual([fresh])
    await handOver(b, small)
    expect(await small.spool.custody.summary()).toEqual([])
    expect(await small.spool.custody.letGo()).toBe(0)
  })

  it('a batch says what was put in', () => {
    const { identity } = office(ridge)
    const to = office(valley).identity.id
    const items = [{ letter: 'A'.repeat(52) as PacketId, outcomes: Uint8Array.of(1, 2, 5), at: 1_700_000_000_000 }]
    const bytes = sealBatch(pureSuite, identity, { to, items })
    expect(readBatch(pureSuite, bytes, { from: identity, to })).toEqual(items)
    expect(bytes.length).toBe(72 + 4 + 32 + 8 + 4 + 4 + 64)
  })
})
