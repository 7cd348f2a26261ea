import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { turnCalendar } from '../database/calendar.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { memoryJourneys, openJourneys } from '../journeys/index.ts'
import { bytesOf, letterTo, queueContract } from './contract.ts'
import { trackingContract } from './contract-tracking.ts'
import { memoryQueue } from './memory.ts'
import { openQueue, queueSql } from './open-queue.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000

async function bench(path = ':memory:') {
  const directory = join(await scratchDirectory(), 'queue')
  const database = openDatabase(path)
  onTestFinished(() => database.close())
  const faults = new Faults()
  const parts = { directory, random: randomBytes, log: silentLog, inlineBytesMax: 64 }
  const open = () => openQueue({ ...parts, database: faultyDatabase(database, faults), files: faultyFiles(faults) })
  return { database, directory, faults, open, files: () => readdir(directory) }
}

function daysOf(database: Database): (days: number) => Promise<void> {
  let now = at
  return async days => {
    for (let day = 0; day < days; day += 1) {
      now += dayMs
      await turnCalendar(database, now)
    }
  }
}

queueContract('SQLite and files', async () => {
  const { database, open } = await bench()
  return { queue: await open(), passDays: daysOf(database) }
})

queueContract('in memory', async () => {
  const queue = memoryQueue()
  return { queue, passDays: async days => queue.passDays(days) }
})

trackingContract('SQLite and files', async () => {
  const here = await bench()
  return { queue: await here.open(), journeys: openJourneys(here.database) }
})

trackingContract('in memory', async () => {
  const journeys = memoryJourneys({ today: 0 })
  return { queue: memoryQueue(journeys), journeys }
})

const large = () => bytesOf(...Array.from({ length: 40 }, () => `${'x'.repeat(98)}\r\n`))

test('a large letter is a file of its own that goes with it', async () => {
  const { open, files } = await bench()
  const queue = await open()
  await queue.put(letterTo(['a@x.example'], { body: large() }))
  expect(await files()).toHaveLength(1)
  expect(await queue.put(letterTo(['a@x.example'], { body: large() }))).toBe(0)
  expect(await files()).toHaveLength(1)
  const [due] = await queue.due('out', at, 1)
  await queue.conclude(due?.id ?? 0, { done: ['a@x.example'], failed: [], later: null, at })
  expect(await files()).toEqual([])
})

test('the file of a letter that leaves stays while somebody copies files', async () => {
  const { open, files } = await bench()
  const queue = await open()
  await queue.put(letterTo(['a@x.example'], { body: large() }))
  const [one, other] = [queue.keepFiles(), queue.keepFiles()]
  const [due] = await queue.due('out', at, 1)
  await queue.conclude(due?.id ?? 0, { done: ['a@x.example'], failed: [], later: null, at })
  await one()
  await one()
  expect(await files()).toHaveLength(1)
  await other()
  expect(await files()).toEqual([])
})

test('files that no letter names are swept at the start; others stay', async () => {
  const { open, directory, files } = await bench()
  const queue = await open()
  await queue.put(letterTo(['a@x.example'], { body: large() }))
  await writeFile(join(directory, 'f'.repeat(32)), 'left over')
  await writeFile(join(directory, 'README'), 'not ours')
  await open()
  expect((await files()).filter(name => name !== 'README')).toHaveLength(1)
  expect(await files()).toContain('README')
})

test('killed or out of room at any operation: the letter is there whole, or not at all', async () => {
  await forEachOperation(14, async operation => {
    for (const fault of ['crash', 'ENOSPC'] as const) {
      const { faults, open, files } = await bench()
      const queue = await open()
      faults.arm(operation, fault)
      const taken = await queue.put(letterTo(['a@x.example'], { body: large() })).catch((error: unknown) => error)
      faults.disarm()
      const reopened = await open()
      const due = await reopened.due('out', at, 10)
      if (typeof taken === 'number') expect(due).toHaveLength(1)
      else if (!(taken instanceof CrashError)) expect(due).toEqual([])
      expect(await files()).toHaveLength(due.length)
      for (const { id } of due) {
        let sizeBytes = 0
        for await (const chunk of (await reopened.open(id))?.read() ?? []) sizeBytes += chunk.length
        expect(sizeBytes).toBe(4000)
      }
    }
  })
})

test('no question of the queue looks at more rows than it answers', async () => {
  const { database, open } = await bench()
  await open()
  const questions: [string, (string | number)[]][] = [
    [queueSql.due, ['out', 1]],
    [queueSql.nextDue, ['out']],
    [queueSql.lastDue, ['out']],
    [queueSql.promotePast, ['out', 1, 1]],
    [queueSql.promoteFuture, ['out', 1, 1]],
    [queueSql.pageOfAll, [0, 1]],
    [queueSql.pageOfGateway, ['out', 0, 1]],
    [queueSql.aged, [0, 1]],
    [queueSql.agedSilent, [0, 1]],
    [queueSql.outlived, [0, 1]],
  ]
  for (const [sql, values] of questions) {
    const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail)
    const scans = plan.filter(line => /SCAN (?!calendar)|TEMP B-TREE/.test(line))
    expect([sql, scans]).toEqual([sql, []])
  }
})
