/** Repairs that are cut off: by a kill before any change of the disk, and by a disk that is full or fails. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CrashError } from '../files/faults.ts'
import { openSound } from './index.ts'
import type { RepairPaths } from './repair.ts'

type Operation = (path: string, ...rest: unknown[]) => Promise<unknown>

/** By home: told of each change before it is done, and may throw instead. */
const watched = vi.hoisted(() => new Map<string, () => void>())

vi.mock('node:fs/promises', async importOriginal => {
  const original = await importOriginal<typeof import('node:fs/promises')>()
  const { rename, rm, copyFile, mkdir, link } = original
  const changing = { rename, copyFile, mkdir, link, rm } as unknown as Record<string, Operation>
  const watching = Object.entries(changing).map(([name, operation]) => [
    name,
    async (path: string, ...rest: unknown[]) => {
      if (name !== 'rm' || existsSync(path)) for (const [home, step] of watched) if (path.startsWith(home)) step()
      return operation(path, ...rest)
    },
  ])
  return { ...original, ...Object.fromEntries(watching) }
})

const self = generateIdentity(pureSuite, randomBytes).id
const now = 1_700_000_000_000
const ids = Array.from({ length: 300 }, (_, number) => String(number).padStart(52, '0'))
/** A packet of which only the bytes are left. */
const stray = 'AA'.padEnd(52, 'A')

function pathsIn(home: string): RepairPaths {
  const below = (name: string) => join(home, name)
  return {
    database: below('posthorn.db'),
    ...{ spool: below('spool'), mail: below('mail'), queue: below('queue') },
    ...{ snapshots: below('snapshots'), damaged: below('damaged') },
  }
}

const opened = (paths: RepairPaths) =>
  openSound({ paths, self, suite: pureSuite, now, freeBytes: async () => 10 ** 12 })

/** A kill loses nothing that was written: where there is a disk in memory, it will do, and has nothing to flush. */
const disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
let root: string
let made: string
let homes = 0
beforeAll(async () => {
  root = await mkdtemp(join(disk, 'posthorn-repair-'))
  made = join(root, 'made')
  await mkdir(made)
  const paths = pathsIn(made)
  const { database, upkeep } = await opened(paths)
  database.transaction(() => {
    const sql = `INSERT INTO seen (id, sender, outcome, at, day) VALUES (?, 's', 'taken', 0, 0)`
    for (const id of ids) database.run(sql, id)
  })
  expect(await upkeep.check(now, new AbortController().signal)).toEqual({ problems: [], kept: true })
  database.close()
  await mkdir(join(paths.spool, 'bodies', 'AA'), { recursive: true })
  for (const folder of [paths.mail, paths.queue]) await mkdir(folder)
  await writeFile(join(paths.spool, 'bodies', 'AA', stray), randomBytes(500))
  await writeFile(join(paths.queue, 'a'.repeat(32)), 'a letter whose row is gone')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const harms: Readonly<Record<string, (paths: RepairPaths) => Promise<void>>> = {
  'a page of it is rubbish': async ({ database }) => {
    const bytes = await readFile(database)
    const page = Math.floor(bytes.indexOf(ids[150] ?? '') / 4096)
    await writeFile(database, bytes.fill(0xa5, page * 4096, (page + 1) * 4096))
  },
  'its log is gone': async ({ database }) => {
    await rm(`${database}-wal`, { force: true })
    await writeFile(`${database}.in-use`, '')
  },
}

async function harmed(harm: (paths: RepairPaths) => Promise<void>): Promise<RepairPaths> {
  homes += 1
  const home = join(root, `home-${homes}-`)
  await cp(made, home, { recursive: true })
  await harm(pathsIn(home))
  return pathsIn(home)
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** What lay at the place of the database when it was found damaged, wherever it is now. */
async function asideIn({ damaged }: RepairPaths): Promise<readonly string[]> {
  const names = await readdir(damaged, { recursive: true }).catch(() => [])
  const found = names.filter(name => name.endsWith('posthorn.db')).map(name => readFile(join(damaged, name)))
  return (await Promise.all(found)).map(digestOf)
}

/** By one repair, which is said; all is there, and nothing is left of what was begun. */
async function expectMended(paths: RepairPaths, before: Buffer | undefined): Promise<void> {
  const { database, repair, upkeep } = await opened(paths)
  expect(upkeep.lastRepair()).not.toBeNull()
  if (repair !== null) expect(repair).toEqual(upkeep.lastRepair())
  expect(database.all('SELECT id FROM seen ORDER BY id')).toEqual(ids.map(id => ({ id })))
  expect(database.all('SELECT body FROM quarantine')).toEqual([{ body: stray }])
  expect(database.all('SELECT number FROM repairs')).toHaveLength(1)
  expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  database.close()
  expect(await asideIn(paths)).toEqual(before === undefined ? [] : [digestOf(before)])
  expect((await readdir(dirname(paths.database))).filter(name => /making|made/.test(name))).toEqual([])
  const again = await opened(paths)
  expect(again.repair).toBeNull()
  again.database.close()
}

type Fault = 'crash' | 'ENOSPC' | 'EIO'

/** Opens it; the n-th change of the disk fails. After a crash all do. Answers how many there were. */
async function openFailing(
  paths: RepairPaths,
  failAt: number,
  fault: Fault,
): Promise<{ error: unknown; changes: number }> {
  const home = dirname(paths.database)
  let changes = 0
  watched.set(home, () => {
    changes += 1
    if (fault === 'crash' && changes >= failAt) throw new CrashError()
    if (changes === failAt) throw Object.assign(new Error('injected'), { code: fault })
  })
  try {
    const { database } = await opened(paths)
    database.close()
    return { error: undefined, changes }
  } catch (error) {
    return { error, changes }
  } finally {
    watched.delete(home)
  }
}

const original = ({ database }: RepairPaths) => readFile(database).catch(() => undefined)
/** Dozens of repairs, each with its flushes. */
const timeout = 300_000
const never = Number.POSITIVE_INFINITY

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

test.each(Object.entries(harms))(
  '%s: killed before a change of the disk, and started again, it is mended once, and said',
  { timeout },
  async (_, harm) => {
    const { changes } = await openFailing(await harmed(harm), never, 'crash')
    expect(changes).toBeGreaterThan(10)
    for (const number of upTo(changes)) {
      const paths = await harmed(harm)
      const before = await original(paths)
      await openFailing(paths, number, 'crash')
      await expectMended(paths, before)
    }
  },
)

test.each([
  ['is full', 'ENOSPC', 'disk-full'],
  ['fails', 'EIO', 'disk-failed'],
] as const)('the disk %s at a change: said in words, and mended later', { timeout }, async (_, fault, code) => {
  const harm = harms['its log is gone'] ?? expect.unreachable()
  const { changes } = await openFailing(await harmed(harm), never, fault)
  let failed = 0
  for (const number of upTo(changes)) {
    const paths = await harmed(harm)
    const before = await original(paths)
    const { error } = await openFailing(paths, number, fault)
    // That something could not be removed or moved does not hinder a repair.
    if (error !== undefined) expect(error).toMatchObject({ code, retry: 'later' })
    failed += error === undefined ? 0 : 1
    await expectMended(paths, before)
  }
  expect(failed).toBeGreaterThan(3)
})
