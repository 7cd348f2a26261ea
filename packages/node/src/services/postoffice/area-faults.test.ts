/** A node that is killed at any moment of a message's way through it: the message goes on once, and is there once. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  areaPacket,
  execPath,
  generateArea,
  generateIdentity,
  type NodeId,
  type PrivateIdentity,
  plainPacket,
  sealAreaMessage,
  sealPacket,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { silentLog as log } from '../../base/log.ts'
import { openDatabase } from '../../stores/database/database.ts'
import { openDirectory } from '../../stores/directory/index.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../../stores/files/faults.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { openIncoming } from '../../stores/incoming/index.ts'
import { openJourneys } from '../../stores/journeys/index.ts'
import { openMailbox } from '../../stores/mailbox/index.ts'
import { memoryQueue } from '../../stores/queue/index.ts'
import { openSpool } from '../../stores/spool/index.ts'
import { handleDefaults, nodeDomain, postOffice } from './index.ts'

const random = randomBytes
const never = new AbortController().signal
const [self, author, mallory, carol, dora] = Array.from({ length: 5 }, () => generateIdentity(suite, random)) as [
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
]
const area = generateArea(suite, random)
const domain = nodeDomain('camp', self.id)

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

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

interface Road {
  readonly sender: NodeId
  readonly bytes: Buffer
}

/** The same message by two roads. */
async function packetsFor(handle: string): Promise<readonly Road[]> {
  const path = execPath(handle, [`bob@${domain}`])
  // Without a Message-ID, and larger than what the spool below keeps in its database.
  const letter = Buffer.from(`Return-Path: <>\r\nSubject: x\r\n\r\n${'Text. '.repeat(100)}\r\n`)
  const payload = plainPacket({ type: 'exec-fat', niceness: 96, path }, streamOf(letter))
  const message = await gather(sealAreaMessage({ suite, random, author, area, niceness: 96, payload }))
  const roads = [author, mallory].map(async sender => {
    const wrapped = areaPacket(area.id, streamOf(message))
    const options = { suite, random, sender, recipient: self, niceness: 96, payload: wrapped }
    return { sender: sender.id, bytes: await gather(sealPacket(options)) }
  })
  return Promise.all(roads)
}

async function bench() {
  const folder = await scratchDirectory()
  const real = openDatabase(':memory:')
  onTestFinished(() => real.close())
  const faults = new ToldFaults()
  const plain = await openDirectory({ database: real, random, scryptLogCost: 2 })
  await plain.users.add('bob', 'password', 0)
  for (const [name, identity] of Object.entries({ author, mallory, carol, dora })) {
    const way = { addresses: [], via: [], otherRoads: [], custody: 'ack', lastContactAt: null } as const
    await plain.neighbours.put({ identity, name, domains: [], posthorn: true, card: null, addedAt: 0, ...way })
  }
  const rest = { takesFiles: false, incoming: null, handles: ['sendmail', 'it'], allowUnknown: false, addedAt: 0 }
  await plain.areas.put({ ...area, name: 'news', subscribers: [carol.id, dora.id, author.id], ...rest })

  const ran = join(folder, 'ran')
  const command = ['/bin/sh', '-c', 'cat > "$0.part" && grep -q Text. "$0.part" && echo >> "$0"', ran]
  const program = { name: 'it', command, from: [], resultFrom: null, resultTo: [] }

  /** The node as it is after a start of the program. */
  const start = async () => {
    const database = faultyDatabase(real, faults)
    const files = faultyFiles(faults)
    const parts = { database, random, log, files }
    const spool = await openSpool({ ...parts, directory: join(folder, 'spool'), suite, inlineBytesMax: 200 })
    const mailbox = await openMailbox({ ...parts, directory: join(folder, 'mail'), clock: systemClock })
    const directory = await openDirectory({ database, random, scryptLogCost: 2 })
    const incoming = openIncoming({ ...parts, suite })
    const stores = {
      spool,
      mailbox,
      directory,
      incoming,
      incomingFolder: join(folder, 'incoming'),
      handles: [{ ...handleDefaults, ...program }],
      programDirectory: join(folder, 'programs'),
      suite,
      random,
      clock: systemClock,
      log,
    }
    const limits = { messageBytesMax: 100_000, packetBytesMax: 100_000 }
    const relay = { from: [], to: [], bytesMax: 100_000 }
    const office = postOffice({
      ...stores,
      ...limits,
      relay,
      identity: self,
      name: 'camp',
      domains: [],
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
  const runs = async () => (await readFile(ran, 'utf8').catch(() => '')).length
  return { faults, start, letters, runs }
}

type Bench = Awaited<ReturnType<typeof bench>>

/** Both roads bring their packet, as they do until it is acknowledged; resolves when it was tossed, or at a crash. */
async function story(here: Bench, packets: readonly Road[], crashed = here.faults.crashed): Promise<void> {
  const { spool, office } = await here.start()
  try {
    for (const { bytes, sender } of packets) {
      const staged = await spool.stage(streamOf(bytes), { signal: never, sizeBytesMax: 100_000 })
      await spool.inbox.commit({ staged, sender, niceness: 96, source: 'road', at: 1 })
    }
    office.start()
    await Promise.race([office.workedOff(never), crashed])
  } finally {
    await office.stop()
  }
}

async function expectOnce(here: Bench): Promise<void> {
  const { spool, office } = await here.start()
  const queue = async (to: NodeId) => (await spool.outbox.page(to, { after: null, limit: 9 })).map(({ kind }) => kind)
  for (const { id } of [carol, dora]) expect(await queue(id)).toEqual(['relayed'])
  for (const { id } of [author, mallory]) expect(await queue(id)).toEqual(['ack'])
  expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
  expect(await spool.quarantine.count()).toBe(0)
  await office.stop()
}

test.each(['sendmail', 'it'])(
  'killed before any operation and started again, it passes on once what calls %s',
  async handle => {
    const packets = await packetsFor(handle)
    const expectDone = async (here: Bench, killed: boolean) => {
      await expectOnce(here)
      expect(await here.letters()).toBe(handle === 'sendmail' ? 1 : 0)
      // Its end may not have been noted: at least once.
      expect(handle === 'it' ? [1, killed ? 2 : 1] : [0]).toContain(await here.runs())
    }
    const whole = await bench()
    whole.faults.arm(Number.POSITIVE_INFINITY, 'crash')
    await story(whole, packets)
    const { operations } = whole.faults
    expect(operations).toBeGreaterThan(20)
    await expectDone(whole, false)
    await forEachOperation(operations, async operation => {
      const here = await bench()
      here.faults.arm(operation, 'crash')
      await story(here, packets).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError))
      here.faults.disarm()
      await story(here, packets, new Promise(() => {}))
      await expectDone(here, true)
    })
  },
  120_000,
)
