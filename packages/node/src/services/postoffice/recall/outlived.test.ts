/** Letters that come after their lifetime: no clock, the sender's or ours, makes one old, and nobody is told twice. */
import type { PacketId } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { memoryQueue } from '../../../stores/queue/index.ts'
import { Office, queueOf, streamOf } from '../rig.ts'
import { flow, meet } from './testing.ts'

const dayMs = 24 * 60 * 60 * 1000
const noon = Date.UTC(2026, 5, 1, 12)
const lifetimeDays = 2
let [a, b]: Office[] = []

beforeEach(async () => {
  const waiting = { warnAfterDays: 0, returnAfterDays: 0, lifetimeDays }
  a = await Office.open('alpha', ['alice'], undefined, {}, [], systemClock, { waiting })
  b = await Office.open('beta', ['bob', 'ben'])
  await meet(sender(), receiver())
  for (const office of [sender(), receiver()]) await office.spool.prune(noon)
})
afterEach(async () => {
  await sender().stop()
  await receiver().stop()
})

const sender = (): Office => a ?? expect.unreachable()
const receiver = (): Office => b ?? expect.unreachable()

async function days(office: Office, ...clocks: readonly number[]): Promise<void> {
  for (const now of clocks) await office.spool.prune(now)
}

/** On so many days one after another. */
const later = (count: number, from = noon) => Array.from({ length: count }, (_, day) => from + (day + 1) * dayMs)

interface Held {
  readonly id: PacketId
  readonly bytes: Uint8Array
}

/** Its packet is on a slow road: it is not in the queue of a neighbour, and comes when it is told to. */
async function writeSlowly(messageId: string, users = ['bob']): Promise<Held> {
  const before = new Set((await queueOf(sender(), receiver())).map(({ id }) => id))
  await write(messageId, users)
  const [packet] = (await queueOf(sender(), receiver())).filter(({ id }) => !before.has(id))
  const id = packet?.id ?? expect.unreachable()
  const body = await sender().spool.outbox.open(id)
  const chunks: Uint8Array[] = []
  for await (const chunk of body?.read() ?? []) chunks.push(Uint8Array.from(chunk))
  await sender().spool.outbox.acknowledge(id, receiver().identity.id, 1)
  return { id, bytes: Buffer.concat(chunks) }
}

function write(messageId: string, users = ['bob']) {
  const text = `Message-ID: <${messageId}@alpha>\r\nSubject: ${messageId}\r\n\r\nx\r\n`
  const recipients = users.map(user => receiver().address(user))
  return sender().send(sender().address('alice'), recipients, text)
}

async function comes({ bytes }: Held): Promise<void> {
  await receiver().arrive({ bytes: streamOf(bytes), sender: sender().identity.id })
}

/** A later letter, by a quick road: its sender's calendar is heard of. */
async function quick(messageId = 'quick'): Promise<void> {
  await write(messageId)
  await flow(sender(), receiver())
}

async function hear(): Promise<void> {
  await flow(receiver(), sender())
  await sender().office.lookAfterWaiting()
}

const subjects = async (user: string) =>
  (await receiver().letters(user)).map(letter => /^Subject: (.*)\r$/m.exec(letter)?.[1])

async function stateOf(messageId: string): Promise<readonly string[]> {
  const found = await sender().journeys.ofMessage(`${messageId}@alpha`, { sender: null, limit: 10 })
  return found.map(({ state }) => state)
}

describe('a letter that has outlived its lifetime when it comes', () => {
  it('is not delivered; its sender hears it once, and its journey says so', async () => {
    const slow = await writeSlowly('slow')
    await days(sender(), ...later(4))
    await quick()
    await comes(slow)
    expect(await subjects('bob')).toEqual(['quick'])
    expect(await receiver().spool.inbox.seen(slow.id)).toMatchObject({ outcome: 'taken' })
    await flow(receiver(), sender())
    expect(await stateOf('slow')).toEqual(['expired'])
    for (const _ of [1, 2]) await sender().office.lookAfterWaiting()
    const reports = await sender().letters('alice')
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatch(/Your message has expired[\s\S]*Action: failed\r\nStatus: 5\.4\.7/)
    // The same by another road, and its receipt anew.
    await comes(slow)
    await hear()
    expect(await sender().letters('alice')).toHaveLength(1)
    expect(await subjects('bob')).toEqual(['quick'])
  })

  it('is not told of twice when its sender’s node has said before that it expired', async () => {
    const slow = await writeSlowly('slow')
    await days(sender(), ...later(4))
    await sender().office.lookAfterWaiting()
    expect(await sender().letters('alice')).toHaveLength(1)
    // The letter was quicker than what takes it back.
    const tombstones = new Set((await queueOf(sender(), receiver())).map(({ id }) => id))
    await write('quick')
    for (const { id } of await queueOf(sender(), receiver())) {
      const body = await sender().spool.outbox.open(id)
      if (!tombstones.has(id) && body !== undefined)
        await receiver().arrive({ bytes: body.read(), sender: sender().identity.id })
    }
    await comes(slow)
    await flow(sender(), receiver())
    await hear()
    await hear()
    expect(await sender().letters('alice')).toHaveLength(1)
    expect(await stateOf('slow')).toEqual(['expired'])
    expect(await subjects('bob')).toEqual(['quick'])
  })

  it('grows old by the days of ours, too, while its sender says no more', async () => {
    const slow = await writeSlowly('slow')
    await quick()
    await days(receiver(), ...later(3))
    const inTime = await writeSlowly('in time')
    await comes(inTime)
    expect(await subjects('bob')).toContain('in time')
    await days(receiver(), ...later(1, noon + 3 * dayMs))
    await comes(slow)
    expect(await subjects('bob')).not.toContain('slow')
  })

  it('is there for who had it before', async () => {
    const slow = await writeSlowly('slow', ['bob', 'ben'])
    await receiver().mailbox.deliver({
      ...{ user: 'bob', body: bodyOf('Subject: slow\r\n\r\nx\r\n'), returnPath: null, messageId: 'slow@alpha' },
      ...{ deliveryId: slow.id, at: 0 },
    })
    await days(sender(), ...later(4))
    await quick()
    await comes(slow)
    expect(await subjects('bob')).toEqual(expect.arrayContaining(['slow', 'quick']))
    expect(await subjects('ben')).toEqual([])
    await flow(receiver(), sender())
    expect([...(await stateOf('slow'))].sort()).toEqual(['delivered', 'expired'])
  })

  it('without a lifetime is delivered however old it is', async () => {
    const plain = await Office.open('gamma', ['carol'])
    await meet(plain, receiver())
    await plain.send(
      plain.address('carol'),
      [receiver().address('bob')],
      'Message-ID: <1@g>\r\nSubject: old\r\n\r\nx\r\n',
    )
    const [packet] = await queueOf(plain, receiver())
    const body = await plain.spool.outbox.open(packet?.id ?? expect.unreachable())
    const chunks: Uint8Array[] = []
    for await (const chunk of body?.read() ?? []) chunks.push(Uint8Array.from(chunk))
    await plain.spool.outbox.acknowledge(packet?.id ?? expect.unreachable(), receiver().identity.id, 1)
    await days(plain, ...later(300))
    await plain.send(
      plain.address('carol'),
      [receiver().address('bob')],
      'Message-ID: <2@g>\r\nSubject: new\r\n\r\nx\r\n',
    )
    await flow(plain, receiver())
    await receiver().arrive({ bytes: streamOf(...chunks), sender: plain.identity.id })
    expect(await subjects('bob')).toEqual(expect.arrayContaining(['old', 'new']))
    await plain.stop()
  })
})

function bodyOf(text: string) {
  const bytes = Buffer.from(text)
  return { sizeBytes: bytes.length, read: (startBytes = 0) => streamOf(bytes.subarray(startBytes)) }
}

describe('a wrong clock makes no letter old', () => {
  const clocks: readonly (readonly [string, readonly number[]])[] = [
    ['a year ahead', [noon + 365 * dayMs]],
    ['a year behind', [noon - 365 * dayMs]],
    ['at 1970', [0]],
    ['that jumps a year ahead and back', [noon + 365 * dayMs, noon]],
    ['that jumps to 1970 and back', [0, noon]],
  ]
  it.each(clocks)("the sender's %s", async (_, times) => {
    const slow = await writeSlowly('slow')
    await days(sender(), ...times)
    await quick()
    await comes(slow)
    expect(await subjects('bob')).toEqual(expect.arrayContaining(['quick', 'slow']))
  })

  it.each(clocks)("the receiver's %s", async (_, times) => {
    const slow = await writeSlowly('slow')
    await quick()
    await days(receiver(), ...times)
    await comes(slow)
    expect(await subjects('bob')).toEqual(expect.arrayContaining(['quick', 'slow']))
  })

  it('both, one a year ahead and one at 1970', async () => {
    await days(sender(), noon + 365 * dayMs)
    await days(receiver(), 0)
    const slow = await writeSlowly('slow')
    await quick()
    await days(sender(), 0)
    await days(receiver(), noon + 365 * dayMs)
    await quick('quick once more')
    await comes(slow)
    expect(await subjects('bob')).toContain('slow')
  })
})

it('a letter that comes late for another mail system has there what is surely left of its lifetime', async () => {
  const queue = memoryQueue()
  const out = { name: 'out', domains: ['out.example'], from: ['*'], plainOnly: false, recipientsMax: null }
  const gate = await Office.open('gate', [], undefined, {}, [], systemClock, {
    outside: { gateways: [out], queue, queued: () => {} },
  })
  await meet(sender(), gate, { domains: ['out.example'] })
  await gate.spool.prune(noon)
  const send = (name: string) => {
    const text = `Message-ID: <${name}@alpha>\r\n\r\n${name}\r\n`
    return sender().send(sender().address('alice'), [`${name}@out.example`], text)
  }
  await send('slow')
  const [slow] = await queueOf(sender(), gate)
  const body = await sender().spool.outbox.open(slow?.id ?? expect.unreachable())
  const bytes: Uint8Array[] = []
  for await (const chunk of body?.read() ?? []) bytes.push(Uint8Array.from(chunk))
  await sender().spool.outbox.acknowledge(slow?.id ?? expect.unreachable(), gate.identity.id, 1)
  await days(sender(), ...later(4))
  await send('quick')
  await flow(sender(), gate)
  await gate.arrive({ bytes: streamOf(...bytes), sender: sender().identity.id })
  const waiting = await queue.page({ gateway: null, after: 0, limit: 9 })
  expect(waiting.map(({ messageId, envelope }) => [messageId, envelope.wishes?.lifetimeDays])).toEqual([
    ['quick@alpha', 2],
    ['slow@alpha', -1],
  ])
  expect(await queue.outlived(9)).toMatchObject([{ messageId: 'slow@alpha' }])
  await gate.stop()
})
