/** A node that is killed at any moment around a letter that is taken back: what it said of it is true. */
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execPath, generateIdentity, type PacketId, plainPacket, sealPacket } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { silentLog as log } from '../../../base/log.ts'
import { zstdCompress } from '../../../base/zstd.ts'
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
import { reportsIn } from './testing.ts'
import { type DropAnswer, dropMessage } from './wire.ts'

const random = randomBytes
const never = new AbortController().signal
const [self, author] = [generateIdentity(suite, random), generateIdentity(suite, random)]
const bob = `bob@${nodeDomain('camp', self.id)}`

/** Tells of the first operation that was not done. */
class ToldFaults extends Faults {
  #tell: () => void = () => {}
  readonly crashed = new Promise<void>(resolve => {
    this.#tell = resolve
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

async function packet(args: readonly string[], content: Uint8Array, niceness: number): Promise<Buffer> {
  const [handle = '', ...rest] = args
  const plain = { type: 'exec', niceness, path: execPath(handle, rest) } as const
  const payload = plainPacket(plain, zstdCompress(streamOf(content)))
  const chunks: Uint8Array[] = []
  for await (const chunk of sealPacket({ suite, random, sender: author, recipient: self, niceness, payload })) {
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

interface Packets {
  readonly letter: Buffer
  readonly drop: Buffer
}

async function packets(): Promise<Packets> {
  const text = `Return-Path: <a@x>\r\nMessage-ID: <1@x>\r\n\r\n${'Text. '.repeat(100)}\r\n`
  const letter = await packet(['sendmail', bob], Buffer.from(text), 96)
  const spool = await openSpool({
    database: openDatabase(':memory:'),
    directory: await scratchDirectory(),
    suite,
    random,
    log,
  })
  const { id } = await spool.stage(streamOf(letter), { signal: never, sizeBytesMax: 100_000 })
  const bytes = dropMessage([{ letter: id, reason: 'recalled', recipients: [bob] }])
  return { letter, drop: await packet(['posthorn', 'drop'], bytes, 95) }
}

async function bench() {
  const folder = await scratchDirectory()
  const real = openDatabase(':memory:')
  onTestFinished(() => real.close())
  const faults = new ToldFaults()
  const plain = await openDirectory({ database: real, random, scryptLogCost: 2 })
  await plain.users.add('bob', 'password', 0)
  const facts = { name: 'author', domains: [], addresses: [] }
  const card = cardLink(suite, author, { ...facts, acknowledges: true, receipts: true, issuedAt: 0 })
  const rest = { via: [], otherRoads: [], posthorn: true, card, addedAt: 0, lastContactAt: null }
  await plain.neighbours.put({ identity: author, custody: 'ack', ...facts, ...rest })

  const start = async () => {
    const database = faultyDatabase(real, faults)
    const parts = { database, random, log, files: faultyFiles(faults) }
    const spool = await openSpool({ ...parts, directory: join(folder, 'spool'), suite, inlineBytesMax: 200 })
    const mailbox = await openMailbox({ ...parts, directory: join(folder, 'mail'), clock: systemClock })
    const directory = await openDirectory({ database, random, scryptLogCost: 2 })
    const incoming = openIncoming({ ...parts, suite })
    const folders = { incomingFolder: join(folder, 'incoming'), programDirectory: join(folder, 'programs') }
    const office = postOffice({
      ...{ spool, mailbox, directory, incoming, ...folders, handles: [], suite, random, clock: systemClock, log },
      ...{ messageBytesMax: 100_000, packetBytesMax: 100_000, identity: self, name: 'camp', domains: [] },
      relay: { from: [], to: [], bytesMax: 100_000 },
      waiting: { warnAfterDays: 0, returnAfterDays: 0 },
      journeys: openJourneys(real),
      outside: { gateways: [], queue: memoryQueue(), queued() {} },
      departed() {},
    })
    return { spool, office }
  }
  const letters = async () => {
    const entries = await readdir(join(folder, 'mail', 'bob'), { recursive: true, withFileTypes: true }).catch(() => [])
    return entries.filter(entry => entry.isFile() && /[/\\](cur|new)$/.test(entry.parentPath)).length
  }
  return { faults, start, letters }
}

type Bench = Awaited<ReturnType<typeof bench>>

/** What came is there until it was tossed; resolves when it was, or at a crash. */
async function story(here: Bench, order: readonly Buffer[], crashed = here.faults.crashed): Promise<void> {
  const { spool, office } = await here.start()
  try {
    office.start()
    for (const bytes of order) {
      const staged = await spool.stage(streamOf(bytes), { signal: never, sizeBytesMax: 100_000 })
      await spool.inbox.commit({ staged, sender: author.id, niceness: 96, source: 'road', at: 1 })
      office.arrived()
      await Promise.race([office.settled(never), crashed])
    }
  } finally {
    await office.stop()
  }
}

async function told(here: Bench): Promise<readonly DropAnswer[]> {
  const { spool, office } = await here.start()
  const answers: DropAnswer[] = []
  for (const { id, kind } of await spool.outbox.page(author.id, { after: null, limit: 99 })) {
    const body = await spool.outbox.open(id as PacketId)
    if (kind !== 'letter' || body === undefined) continue
    answers.push(...(await reportsIn(body.read(), { from: self, to: author })).map(({ answer }) => answer))
  }
  expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
  expect(await spool.quarantine.count()).toBe(0)
  await office.stop()
  return answers
}

const truths = {
  'tombstone, letter': { letters: 0, answers: ['awaited', 'dropped'] },
  'letter, tombstone': { letters: 1, answers: ['late'] },
} as const

test.each(Object.keys(truths) as (keyof typeof truths)[])(
  'killed before any operation and started again: %s',
  async name => {
    const { letter, drop } = await packets()
    const order = name.split(', ').map(what => (what === 'letter' ? letter : drop))
    const { letters, answers } = truths[name]
    const whole = await bench()
    whole.faults.arm(Number.POSITIVE_INFINITY, 'crash')
    await story(whole, order)
    const { operations } = whole.faults
    expect(operations).toBeGreaterThan(10)
    expect(await whole.letters()).toBe(letters)
    expect(await told(whole)).toEqual(answers)
    await forEachOperation(operations, async operation => {
      const here = await bench()
      here.faults.arm(operation, 'crash')
      await story(here, order).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError))
      here.faults.disarm()
      await story(here, order, new Promise(() => {}))
      expect(await here.letters()).toBe(letters)
      expect(await told(here)).toEqual(answers)
    })
  },
  120_000,
)
