/**
 * A sender, or the node its letter is for, that is killed at any moment between submission and receipt: the letter is
 * there once, custody ends with its receipt and not before, and nothing is said that is not so.
 */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity, openPacket, type PrivateIdentity } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { expect, onTestFinished, test } from 'vitest'
import { present } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { silentLog as log } from '../../../base/log.ts'
import { openDatabase } from '../../../stores/database/database.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import { openDirectory } from '../../../stores/directory/index.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../../../stores/files/faults.ts'
import { scratchDirectory } from '../../../stores/files/scratch-directory.ts'
import { openIncoming } from '../../../stores/incoming/index.ts'
import { openJourneys } from '../../../stores/journeys/index.ts'
import { openMailbox } from '../../../stores/mailbox/index.ts'
import { memoryQueue } from '../../../stores/queue/index.ts'
import { openSpool } from '../../../stores/spool/index.ts'
import { nodeDomain, postOffice } from '../index.ts'

const random = randomBytes
const never = new AbortController().signal
const dayMs = 24 * 3_600_000
const [valley, ridge, relay] = [0, 1, 2].map(() => generateIdentity(suite, random)) as [
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
]
const alice = `alice@${nodeDomain('valley', valley.id)}`
const bob = `bob@${nodeDomain('ridge', ridge.id)}`
const text = Buffer.from(`Message-ID: <1@x>\r\nSubject: one\r\n\r\n${'Text. '.repeat(100)}\r\n`)

/** Tells of the first operation that was not done. */
class ToldFaults extends Faults {
  #tell: () => void = () => {}
  readonly crashed = new Promise<'crashed'>(resolve => {
    this.#tell = () => resolve('crashed')
  })

  override step(path: string): void {
    try {
      super.step(path)
    } catch (error) {
      this.#tell()
      throw error
    }
  }
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** One node: its disk outlives it. */
async function end(name: string, user: string, self: PrivateIdentity, others: Record<string, PrivateIdentity>) {
  const folder = await scratchDirectory()
  const real = openDatabase(':memory:')
  onTestFinished(() => real.close())
  const faults = new ToldFaults()
  const plain = await openDirectory({ database: real, random, scryptLogCost: 2 })
  await plain.users.add(user, 'password', 0)
  for (const [other, identity] of Object.entries(others)) {
    const facts = { name: other, domains: [], addresses: [] }
    const card = cardLink(suite, identity, { ...facts, acknowledges: true, receipts: true, issuedAt: 0 })
    const rest = { via: [], otherRoads: [], posthorn: true, card, addedAt: 0, lastContactAt: null }
    await plain.neighbours.put({ identity, custody: 'ack', ...facts, ...rest })
  }

  const start = async () => {
    const database = faultyDatabase(real, faults)
    const parts = { database, random, log, files: faultyFiles(faults) }
    const spool = await openSpool({ ...parts, directory: join(folder, 'spool'), suite, inlineBytesMax: 400 })
    const mailbox = await openMailbox({ ...parts, directory: join(folder, 'mail'), clock: systemClock })
    const directory = await openDirectory({ database, random, scryptLogCost: 2 })
    const journeys = openJourneys(database)
    const folders = { incomingFolder: join(folder, 'incoming'), programDirectory: join(folder, 'programs') }
    const office = postOffice({
      ...{ spool, mailbox, directory, incoming: openIncoming({ ...parts, suite }), journeys, ...folders, handles: [] },
      ...{ suite, random, clock: systemClock, log, messageBytesMax: 100_000, packetBytesMax: 100_000 },
      ...{ identity: self, name, domains: [], relay: { from: [], to: [], bytesMax: 100_000 } },
      waiting: { warnAfterDays: 5, returnAfterDays: 30 },
      outside: { gateways: [], queue: memoryQueue(), queued() {} },
      departed() {},
    })
    office.start()
    return { spool, office, journeys }
  }
  const letters = async () => {
    const entries = await readdir(join(folder, 'mail', user), { recursive: true, withFileTypes: true }).catch(() => [])
    const files = entries.filter(entry => entry.isFile() && /[/\\](cur|new)$/.test(entry.parentPath))
    return Promise.all(files.map(entry => readFile(join(entry.parentPath, entry.name), 'latin1')))
  }
  return { identity: self, faults, plain, start, letters }
}

type End = Awaited<ReturnType<typeof end>>
type Started = Awaited<ReturnType<End['start']>>

interface Bench {
  readonly ends: { readonly sender: End; readonly receiver: End }
  /** What the relay has: the letter, as it would pass it on. */
  atRelay: Buffer | undefined
  /** Packets with receipts that are still to get lost. */
  receiptsToLose: number
  tries: number
  accepted: boolean
  /** Resolves when a node is killed. */
  crashed: Promise<unknown>
}

async function bench(): Promise<Bench> {
  const sender = await end('valley', 'alice', valley, { ridge, relay })
  const receiver = await end('ridge', 'bob', ridge, { valley })
  const known = present(await sender.plain.neighbours.get(ridge.id), 'it was just put there')
  await sender.plain.neighbours.put({ ...known, via: [relay.id] })
  const crashed = Promise.race([sender.faults.crashed, receiver.faults.crashed])
  const state = { atRelay: undefined, receiptsToLose: 1, tries: 0, accepted: false }
  return { ends: { sender, receiver }, ...state, crashed }
}

interface Pair {
  readonly from: Started
  readonly to: Started
  readonly sender: PrivateIdentity
}

/** Work that is waited for, unless its node is killed meanwhile. */
async function orCrash(here: Bench, work: Promise<unknown>): Promise<void> {
  if ((await Promise.race([work, here.crashed])) === 'crashed') throw new CrashError()
}

async function arrive(here: Bench, { to, sender }: Pair, bytes: Buffer): Promise<void> {
  const staged = await to.spool.stage(streamOf(bytes), { signal: never, sizeBytesMax: 100_000 })
  const packet = { staged, sender: sender.id, niceness: 96, source: 'line', at: 1, told: true }
  const outcome = await to.spool.inbox.commit(packet)
  await staged.discard()
  if (outcome === 'duplicate') await to.office.acknowledgeAgain(staged.id, sender.id)
  to.office.arrived()
  await orCrash(here, to.office.settled(never))
}

/** As a line does it: handed over, and DONE. */
async function carry(here: Bench, pair: Pair, receiver: PrivateIdentity): Promise<void> {
  for (const { id } of await pair.from.spool.outbox.page(receiver.id, { after: null, limit: 99 })) {
    const body = await pair.from.spool.outbox.open(id)
    if (body === undefined) continue
    if (receiver.id === valley.id && here.receiptsToLose > 0) {
      here.receiptsToLose -= 1
      await pair.from.spool.outbox.release(id, 1)
      continue
    }
    await arrive(here, pair, await gather(body.read()))
    await pair.from.spool.outbox.acknowledge(id, receiver.id, 1)
  }
}

/** The relay takes it over, and does nothing with it yet. */
async function giveToRelay(here: Bench, from: Started): Promise<void> {
  for (const { id } of await from.spool.outbox.page(relay.id, { after: null, limit: 99 })) {
    const body = await from.spool.outbox.open(id)
    if (body === undefined) continue
    const packet = await openPacket({ suite, recipient: relay, source: body.read(), senderOf: async () => valley })
    const inside = await gather(packet.body)
    // It is also asked to drop what it has, and does not.
    if (packet.plain.type === 'trns') here.atRelay = inside
    await from.spool.outbox.acknowledge(id, relay.id, 1)
  }
}

const unreceipted = async ({ spool }: Started) => spool.custody.page(ridge.id, { after: 0, limit: 99 })

/** An app hands a letter in, until it is told that it is taken; then packets go back and forth until none is left. */
async function story(here: Bench): Promise<void> {
  const sender = await here.ends.sender.start()
  let receiver: Started | undefined
  try {
    receiver = await here.ends.receiver.start()
    const there = { from: sender, to: receiver, sender: valley }
    const back = { from: receiver, to: sender, sender: ridge }
    if (!here.accepted) {
      here.tries += 1
      const body = { sizeBytes: text.length, read: (startBytes = 0) => streamOf(text.subarray(startBytes)) }
      const wishes = { recipients: { [bob]: { notify: ['success'] as const } } }
      await sender.office.submit({ sender: alice, recipients: [bob], body, wishes })
      here.accepted = true
    }
    const round = async () => {
      await giveToRelay(here, sender)
      await carry(here, there, ridge)
      await orCrash(here, there.to.office.settled(never))
      await carry(here, back, valley)
      await orCrash(here, sender.office.lookAfterWaiting())
      await sender.office.lookAfterCustody(dayMs)
    }
    for (let rounds = 0; rounds < 2 || (await unreceipted(sender)).length > 0; rounds += 1) {
      if (rounds > 9) throw new Error('custody does not end')
      await round()
    }
    // Late, what the relay had: its receipt is given again, and tells nothing new.
    if (here.atRelay !== undefined) await arrive(here, there, here.atRelay)
    await round()
  } finally {
    await sender.office.stop()
    await receiver?.office.stop()
  }
}

/** Right after a crash, whatever was done. */
async function expectNothingUntrue(here: Bench): Promise<void> {
  const { sender, receiver } = here.ends
  const office = await sender.start()
  const there = (await receiver.letters()).length
  expect(there).toBeLessThanOrEqual(1)
  const kept = await unreceipted(office)
  if (here.accepted && there === 0) expect(kept.length).toBeGreaterThan(0)
  const told = (await sender.letters()).length
  const stations = (await office.journeys.ofMessage('1@x', { sender: null, limit: 9 })).flatMap(
    journey => journey.stations,
  )
  const claims = stations.filter(({ kind }) => kind === 'delivered').length
  if (there === 0) expect([told, claims]).toEqual([0, 0])
  // Without a receipt nothing ends.
  if (here.accepted && kept.length === 0) expect(claims).toBeGreaterThan(0)
  await office.office.stop()
}

async function expectDone(here: Bench): Promise<void> {
  const { sender, receiver } = here.ends
  expect(await receiver.letters()).toHaveLength(1)
  const reports = await sender.letters()
  expect(reports.length).toBeGreaterThanOrEqual(1)
  // What an app had to hand in twice is two letters for those who count receipts.
  expect(reports.length).toBeLessThanOrEqual(here.tries)
  for (const report of reports) expect(report).toMatch(/^Action: delivered/m)
  for (const one of [sender, receiver]) {
    const { spool, office } = await one.start()
    await office.stop()
    expect(await spool.custody.summary()).toEqual([])
    expect(await spool.receipts.owed()).toEqual([])
    expect(await spool.outbox.summary()).toEqual([])
    expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
    expect(await spool.quarantine.count()).toBe(0)
    expect(await spool.scrub.total()).toMatchObject({ packets: 0 })
  }
}

// A relay keeps it for long, so it goes again; the first receipt is lost: once more. What the relay had comes last.
test.each(['sender', 'receiver'] as const)(
  'the %s is killed before any operation and started again, with a silent relay and a lost receipt',
  async who => {
    const whole = await bench()
    whole.ends[who].faults.arm(Number.POSITIVE_INFINITY, 'crash')
    await story(whole)
    const { operations } = whole.ends[who].faults
    expect(operations).toBeGreaterThan(30)
    expect(whole).toMatchObject({ receiptsToLose: 0, atRelay: expect.anything() })
    await expectDone(whole)
    await forEachOperation(operations, async operation => {
      const here = await bench()
      const { faults } = here.ends[who]
      faults.arm(operation, 'crash')
      await story(here).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError))
      faults.disarm()
      here.crashed = new Promise(() => {})
      await expectNothingUntrue(here)
      await story(here)
      await expectDone(here)
    })
  },
  300_000,
)
