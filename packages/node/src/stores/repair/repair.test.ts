/** Databases that the disk has damaged, in many ways, with a node's stores on them. */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, generateIdentity, type PacketId, plainPacket, sealPacket } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { type Neighbour, openDirectory } from '../directory/index.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openMailbox } from '../mailbox/index.ts'
import { delivery, inboxOf, ready, subjects } from '../mailbox/testing.ts'
import { openSpool } from '../spool/index.ts'
import { openSound } from './index.ts'
import type { RepairPaths } from './repair.ts'
import { derivedTables } from './tables.ts'

const suite = pureSuite
const [self, other] = [generateIdentity(suite, randomBytes), generateIdentity(suite, randomBytes)]
const at = 1_700_000_000_000
const { signal } = new AbortController()

function pathsIn(home: string): RepairPaths {
  const below = (name: string) => join(home, name)
  return {
    database: below('posthorn.db'),
    ...{ spool: below('spool'), mail: below('mail'), queue: below('queue') },
    ...{ snapshots: below('snapshots'), damaged: below('damaged') },
  }
}

async function stores(paths: RepairPaths) {
  const sound = await openSound({ paths, self: self.id, suite, now: at, freeBytes: async () => 10 ** 12 })
  const { database } = sound
  const log = silentLog
  const spool = await openSpool({
    database,
    directory: paths.spool,
    suite,
    random: randomBytes,
    log,
    inlineBytesMax: 1024,
  })
  const directory = await openDirectory({ database, random: randomBytes, scryptLogCost: 2 })
  const mailbox = await openMailbox({ database, directory: paths.mail, random: randomBytes, clock: systemClock, log })
  return { ...sound, spool, directory, mailbox }
}

type Stores = Awaited<ReturnType<typeof stores>>

/** Packets whose headers are true; nobody here opens them. */
async function packet(spool: Stores['spool'], from: typeof self, to: typeof self, sizeBytes: number) {
  const payload = plainPacket({ type: 'exec', niceness: 96, path: execPath('sendmail', []) }, some(sizeBytes))
  const sealed = sealPacket({ suite, random: randomBytes, sender: from, recipient: to, niceness: 96, payload })
  return spool.stage(sealed, { signal, sizeBytesMax: 10_000_000 })
}

async function* some(sizeBytes: number) {
  yield randomBytes(sizeBytes)
}

interface Made {
  readonly home: string
  /** Packets whose bytes are files. */
  readonly outbox: readonly PacketId[]
  readonly inbox: readonly PacketId[]
  readonly finished: PacketId
  /** An app password of alice, and the secret of a token. */
  readonly phone: string
  readonly script: string
}

const seeds = Number(process.env['POSTHORN_SEEDS'] ?? 12)
const large = 5000
const small = 100

/** A node that has worked for a while, and has ended well. */
async function make(): Promise<Made> {
  const home = await mkdtemp(join(tmpdir(), 'posthorn-repair-'))
  const paths = pathsIn(home)
  for (const folder of [paths.spool, paths.mail, paths.queue]) await mkdir(folder)
  const { database, upkeep, spool, directory, mailbox } = await stores(paths)
  await directory.users.add('alice', 'secret', at)
  await directory.neighbours.put(neighbour)
  const phone = await directory.appPasswords.add('alice', 'phone', at)
  const script = await directory.apiTokens.add({ user: 'alice', label: 'script', admin: false }, at)
  if (typeof phone === 'string' || typeof script === 'string') throw new Error('no password or no token')
  await ready(mailbox, ...names(0, 20))
  const [outbox, inbox]: [PacketId[], PacketId[]] = [[], []]
  for (let round = 0; round < 16; round += 1) {
    const sizeBytes = round % 2 === 0 ? large : small
    const out = await packet(spool, self, other, sizeBytes)
    const facts = {
      nextHop: other.id,
      destination: other.id,
      niceness: 96,
      kind: 'letter',
      acknowledges: null,
    } as const
    await spool.outbox.commit([
      { staged: out, ...facts, messageId: `m${round}`, envelope: { sender: 'alice@x', recipients: [] }, at },
    ] as never)
    const come = await packet(spool, other, self, sizeBytes)
    await spool.inbox.commit({ staged: come, sender: other.id, niceness: 96, source: 'stick', at })
    if (sizeBytes === large) {
      outbox.push(out.id)
      inbox.push(come.id)
    }
  }
  const done = await packet(spool, other, self, small)
  await spool.inbox.commit({ staged: done, sender: other.id, niceness: 96, source: 'stick', at })
  await spool.inbox.finish(done.id, { at, outbound: [] })
  expect(await upkeep.check(at, signal)).toEqual({ problems: [], kept: true })
  // After the last good copy was made.
  for (const text of names(20, 40)) await mailbox.deliver(delivery(text))
  const late = await packet(spool, other, self, large)
  await spool.inbox.commit({ staged: late, sender: other.id, niceness: 96, source: 'stick', at })
  inbox.push(late.id)
  database.close()
  return { home, outbox, inbox, finished: done.id, phone: phone.password, script: script.secret }
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `letter${from + index}`)

const neighbour: Neighbour = {
  identity: { id: other.id, exchangeKey: other.exchangeKey, signingKey: other.signingKey, noiseKey: other.noiseKey },
  ...{ name: 'other', domains: [], addresses: [], via: [], otherRoads: [], custody: 'ack', posthorn: true, card: null },
  ...{ addedAt: 0, lastContactAt: null },
}

let made: Made
beforeAll(async () => {
  made = await make()
})
afterAll(() => rm(made.home, { recursive: true, force: true }))

async function homeLike(): Promise<RepairPaths> {
  const home = join(await scratchDirectory(), 'home')
  await cp(made.home, home, { recursive: true, preserveTimestamps: true })
  return pathsIn(home)
}

/**
 * Letters are there once, after a repair under their UIDs, and none comes twice; packets that are files wait. Nobody
 * can see a bit that was flipped inside of a value; the packets say themselves whose they are.
 */
async function expectAllOf(
  { repair, spool, mailbox, directory }: Stores,
  { values = true }: { readonly values?: boolean } = {},
): Promise<void> {
  const inbox = await inboxOf(mailbox)
  const found = await subjects(inbox)
  if (repair === null) expect(Object.values(found).sort()).toEqual(names(0, 40).sort())
  else {
    expect(Object.values(found)).toEqual(names(0, 40))
    expect(Object.keys(found)).toEqual(Array.from({ length: 40 }, (_, index) => String(index + 1)))
  }
  expect(await mailbox.deliver(delivery('letter7'))).toBe('duplicate')
  await mailbox.deliver(delivery('new'))
  const uids = Object.keys(await subjects(inbox)).map(Number)
  expect(uids).toHaveLength(41)
  expect(uids[40]).toBeGreaterThan(40)
  for (const id of made.outbox) {
    expect(await spool.outbox.get(id), 'outbox').toMatchObject(values ? { nextHop: other.id } : { id })
  }
  for (const id of made.inbox) {
    expect(await spool.inbox.get(id), 'inbox').toMatchObject(values ? { sender: other.id } : { id })
  }
  expect((await directory.users.list()).map(({ name }) => name)).toEqual(['alice'])
}

const sumsAreRight = ({ database }: Stores) => {
  const count = (sql: string) => database.get<{ n: number }>(sql)?.n
  expect(count(`SELECT packets AS n FROM spool_counts WHERE room = 'inbox'`)).toBe(
    count('SELECT count(*) AS n FROM inbox'),
  )
  expect(count('SELECT sum(packets) AS n FROM outbox_summary')).toBe(count('SELECT count(*) AS n FROM outbox'))
  expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(database.all('PRAGMA foreign_key_check')).toEqual([])
}

const flip = async (path: string, random: () => number, times: number) => {
  const bytes = await readFile(path)
  for (let time = 0; time < times; time += 1) {
    const position = Math.floor(random() * bytes.length)
    bytes[position] = (bytes[position] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
  await writeFile(path, bytes)
}

const page = async (path: string, number: number, fill: number) => {
  const bytes = await readFile(path)
  bytes.fill(fill, number * 4096, (number + 1) * 4096)
  await writeFile(path, bytes)
}

const cut = async (path: string, share: number) => truncate(path, Math.floor((await stat(path)).size * share))

const harms: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'its header is wiped': path => page(path, 0, 0),
  'its first bytes are hit': async path => {
    const bytes = await readFile(path)
    bytes.fill(0x55, 0, 16)
    await writeFile(path, bytes)
  },
  'it is cut in half': path => cut(path, 0.5),
  'it is cut to a page and a bit': path => truncate(path, 5000),
  'it is empty': path => truncate(path, 0),
  'it is gone': path => rm(path),
  'it is a text': path => writeFile(path, 'dear diary, '.repeat(1000)),
  'it is full of zeros': async path => writeFile(path, Buffer.alloc((await stat(path)).size)),
}

test('whatever triggers write is made anew from what they sum up, and not copied', () => {
  const database = openDatabase(':memory:')
  const written = database
    .all<{ sql: string }>(`SELECT sql FROM sqlite_schema WHERE type = 'trigger'`)
    .flatMap(({ sql }) => [...sql.matchAll(/(?:INTO|UPDATE|DELETE FROM) ([a-z_]+)/g)].map(([, table = '']) => table))
  // Rows that go with others, and one whose sums are set to nothing until the Maildirs are read.
  const others = new Set(['outbox_excerpts', 'mail_folders', 'SET', 'OF'])
  for (const table of new Set(written)) expect([...derivedTables, ...others]).toContain(table)
  database.close()
})

describe('a database that is damaged', () => {
  test.each(Object.entries(harms))('%s: all that lies in files is there, once', async (_, harm) => {
    const paths = await homeLike()
    await harm(paths.database)
    const node = await stores(paths)
    expect(node.repair).not.toBeNull()
    await expectAllOf(node)
    sumsAreRight(node)
    expect(await node.directory.users.verify('alice', 'secret')).toBe(true)
    expect(await node.directory.neighbours.get(other.id)).toMatchObject({ name: 'other' })
    // Nothing that was there is deleted.
    const aside = node.repair?.aside
    if (aside != null) expect(await readdir(aside)).toContain('posthorn.db')
    node.database.close()
    const again = await stores(paths)
    expect(again.repair).toBeNull()
    again.database.close()
  })

  test('tokens of scripts are kept where they can be read, and come out of no copy; app passwords do', async () => {
    const found = async (harm: string) => {
      const paths = await homeLike()
      await harms[harm]?.(paths.database)
      const { database, directory, repair } = await stores(paths)
      const [phone, script] = [
        await directory.appPasswords.verify('alice', made.phone),
        await directory.apiTokens.find(made.script),
      ]
      database.close()
      const lost = repair?.tables.find(({ table }) => table === 'api_tokens')
      return { phone: phone !== undefined, script: script !== undefined, lost }
    }
    expect(await found('its first bytes are hit')).toEqual({ phone: true, script: true, lost: undefined })
    const lost = { table: 'api_tokens', rows: 0, fromSnapshot: 0, state: 'lost' }
    expect(await found('it is gone')).toEqual({ phone: true, script: false, lost })
  })

  test('bytes of packets that were dealt with, which a disk did not remove, are not set aside', async () => {
    const paths = await homeLike()
    const before = await stores(paths)
    const [sent = expect.unreachable()] = made.outbox
    const [taken = expect.unreachable(), refused = expect.unreachable()] = made.inbox
    const files = [sent, taken, refused].map(id => join(paths.spool, 'bodies', id.slice(0, 2), id))
    const bytes = await Promise.all(files.map(file => readFile(file)))
    await before.spool.outbox.acknowledge(sent, other.id, at)
    await before.spool.inbox.finish(taken, { at, outbound: [] })
    await before.spool.inbox.remove(refused, at)
    before.database.close()
    for (const [index, file] of files.entries()) {
      await expect(stat(file)).rejects.toThrow('ENOENT')
      await writeFile(file, bytes[index] ?? '')
    }
    await harms['its first bytes are hit']?.(paths.database)
    const node = await stores(paths)
    expect(node.repair).toMatchObject({ found: { inbox: 0, outbox: 0, quarantine: 1 } })
    expect((await node.spool.quarantine.list(10)).map(({ name }) => name)).toEqual([refused])
    for (const file of files.slice(0, 2)) await expect(stat(file)).rejects.toThrow('ENOENT')
    node.database.close()
  })

  test('without a good copy: people are known by their mail, and need new passwords', async () => {
    const paths = await homeLike()
    await rm(paths.snapshots, { recursive: true })
    await harms['its header is wiped']?.(paths.database)
    const node = await stores(paths)
    expect(node.repair).toMatchObject({ locked: ['alice'], snapshotAt: null, found: { inbox: 9, outbox: 8 } })
    expect(node.repair?.tables.find(({ table }) => table === 'neighbours')).toMatchObject({ state: 'lost' })
    await expectAllOf(node)
    sumsAreRight(node)
    expect(await node.directory.users.verify('alice', 'secret')).toBe(false)
    node.database.close()
  })

  test.each(Array.from({ length: 36 }, (_, seed) => seed))('page %i of it is full of rubbish', async number => {
    const paths = await homeLike()
    if ((await stat(paths.database)).size < (number + 1) * 4096) return
    await page(paths.database, number, 0xa5)
    const node = await stores(paths)
    await expectAllOf(node)
    sumsAreRight(node)
    expect(await node.directory.users.verify('alice', 'secret')).toBe(true)
    node.database.close()
  })

  test.each(Array.from({ length: seeds }, (_, seed) => seed + 1))('bits of it are flipped, seed %i', async seed => {
    const paths = await homeLike()
    await flip(paths.database, randomOf(seed), 1 + (seed % 3) * 20)
    const node = await stores(paths)
    await expectAllOf(node, { values: false })
    sumsAreRight(node)
    node.database.close()
  })
})

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
