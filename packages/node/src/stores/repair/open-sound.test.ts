/** When a database is taken for damaged, and when not. */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { expect, test } from 'vitest'
import { openSqlite } from '../database/sqlite.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openSound } from './index.ts'

const self = generateIdentity(pureSuite, randomBytes).id
const now = 1_700_000_000_000
const { signal } = new AbortController()

async function place(freeBytes = 10 ** 12) {
  const home = await scratchDirectory()
  const below = (name: string) => join(home, name)
  const paths = {
    database: below('posthorn.db'),
    ...{ spool: below('spool'), mail: below('mail'), queue: below('queue') },
    ...{ snapshots: below('snapshots'), damaged: below('damaged') },
  }
  for (const folder of [paths.spool, paths.mail, paths.queue]) await mkdir(folder)
  const open = () => openSound({ paths, self, suite: pureSuite, now, freeBytes: async () => freeBytes })
  return { paths, open, mark: `${paths.database}.in-use` }
}

const insert = `INSERT INTO seen (id, sender, outcome, at, day) VALUES (?, 's', 'taken', 0, 0)`
const seen = (database: { all<Row>(sql: string): Row[] }) =>
  database.all<{ id: string }>('SELECT id FROM seen ORDER BY id').map(({ id }) => id)

/** What lies on the disk when a node was killed that had committed `count` things. */
async function killed(count: number): Promise<Awaited<ReturnType<typeof place>>> {
  const { paths, open } = await place()
  const { database } = await open()
  for (let number = 0; number < count; number += 1) {
    await database.commit(() => database.run(insert, String(number).padStart(3, '0')))
  }
  const there = await place()
  for (const end of ['', '-wal']) await copyFile(paths.database + end, there.paths.database + end)
  await writeFile(there.mark, '')
  database.close()
  return there
}

test('a first start, a clean end and an end by a kill are no damage', async () => {
  const here = await place()
  const first = await here.open()
  expect(first.repair).toBeNull()
  first.database.close()
  await expect(stat(here.mark)).rejects.toThrow('ENOENT')
  const again = await (await killed(5)).open()
  expect(again.repair).toBeNull()
  expect(seen(again.database)).toHaveLength(5)
  again.database.close()
})

test('a log that is broken in its middle is said: SQLite would pass over what follows in silence', async () => {
  const here = await killed(40)
  const log = await readFile(`${here.paths.database}-wal`)
  const middle = log.length - 15 * (4096 + 24)
  log[middle] = (log[middle] ?? 0) ^ 8
  await writeFile(`${here.paths.database}-wal`, log)
  const { database, repair } = await here.open()
  expect(repair).toMatchObject({ kind: 'log', aside: expect.stringContaining('database-') })
  const found = seen(database)
  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThan(40)
  expect(await readdir(repair?.aside ?? '')).toEqual(['posthorn.db', 'posthorn.db-wal'])
  database.close()
})

test('a log that ends in a torn frame was cut off by a power failure, and is whole before that', async () => {
  const here = await killed(10)
  const log = await readFile(`${here.paths.database}-wal`)
  await writeFile(`${here.paths.database}-wal`, log.subarray(0, log.length - 1000))
  const { database, repair } = await here.open()
  expect(repair).toBeNull()
  expect(seen(database)).toHaveLength(9)
  database.close()
})

test('a log that is gone while it was needed is said', async () => {
  const here = await killed(10)
  await rm(`${here.paths.database}-wal`)
  const { database, repair } = await here.open()
  expect(repair).toMatchObject({ kind: 'log', cause: expect.stringContaining('log of the database is gone') })
  database.close()
})

test('another program’s database, and one of a newer version, are refused and left alone', async () => {
  const here = await place()
  const foreign = openSqlite(here.paths.database, { busyTimeoutMs: 0 })
  foreign.exec('CREATE TABLE recipes (name TEXT)')
  foreign.close()
  const before = await readFile(here.paths.database)
  await expect(here.open()).rejects.toMatchObject({ code: 'database-foreign' })
  expect(await readFile(here.paths.database)).toEqual(before)
  await rm(here.paths.database)
  const { database } = await here.open()
  database.transaction(() => database.run(`INSERT INTO schema_migrations VALUES (9999, 'later', 'x')`))
  database.close()
  await expect(here.open()).rejects.toMatchObject({ code: 'database-newer' })
})

test('damage that shows while the database is in use stops its use, and is mended at the next opening', async () => {
  const here = await place()
  const first = await here.open()
  await first.database.commit(() => first.database.run(insert, 'kept'))
  first.database.close()
  const { database, damaged } = await here.open()
  const bytes = await readFile(here.paths.database)
  // All but the first page, under the feet of SQLite.
  await writeFile(here.paths.database, bytes.fill(0x5a, 4096))
  database.all('PRAGMA shrink_memory')
  expect(() => database.all('SELECT * FROM mail_folders')).toThrow(
    expect.objectContaining({ code: 'database-damaged' }),
  )
  expect(damaged.aborted).toBe(true)
  await expect(database.commit(() => 1)).rejects.toMatchObject({ code: 'database-damaged', retry: 'later' })
  database.close()
  expect(await readFile(here.mark, 'utf8')).toContain('damaged')
  const again = await here.open()
  expect(again.repair).toMatchObject({ kind: 'damaged' })
  expect(again.upkeep.lastRepair()).toMatchObject({ kind: 'damaged' })
  again.database.close()
})

test('copies are kept of what is whole only, two of them, and none where there is no room', async () => {
  const here = await place()
  const { database, upkeep } = await here.open()
  expect(upkeep.isDue(1)).toBe(true)
  for (let time = 0; time < 3; time += 1) expect(await upkeep.check(now + time, signal)).toMatchObject({ kept: true })
  expect(upkeep.isDue(1)).toBe(false)
  const kept = await readdir(here.paths.snapshots)
  expect(kept.sort()).toEqual([`posthorn-00000002-${now + 1}.db`, `posthorn-00000003-${now + 2}.db`])
  expect(await upkeep.snapshotAt()).toBe(now + 2)
  database.close()
  const full = await place(1000)
  const other = await full.open()
  expect(await other.upkeep.check(now, signal)).toEqual({ problems: [], kept: false })
  expect(await other.upkeep.snapshotAt()).toBeNull()
  other.database.close()
})

test('what only looked damaged is examined and not repaired; looked at like that twice, it is', async () => {
  const here = await place()
  const first = await here.open()
  await first.database.commit(() => first.database.run(insert, 'kept'))
  first.database.close()
  const alarm = async () => {
    await writeFile(here.mark, 'database disk image is malformed')
    await writeFile(`${here.paths.database}-wal`, '')
    return here.open()
  }
  const whole = await alarm()
  expect(whole).toMatchObject({ repair: null, falseAlarm: 'database disk image is malformed' })
  // A good check of all of it says that it was one.
  await whole.upkeep.check(now, signal)
  whole.database.close()
  const again = await alarm()
  expect(again).toMatchObject({ repair: null, falseAlarm: expect.any(String) })
  again.database.close()
  const { repair, falseAlarm, database } = await alarm()
  expect(repair).toMatchObject({ kind: 'damaged', cause: 'database disk image is malformed' })
  expect(falseAlarm).toBeNull()
  expect(seen(database)).toEqual(['kept'])
  database.close()
  const after = await alarm()
  expect(after).toMatchObject({ repair: null, falseAlarm: expect.any(String) })
  after.database.close()
})
