import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PacketId, Suite } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isAbort } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openJourneys } from '../journeys/index.ts'
import { bytesOf, node, outbound, read, receive, spoolContract, stage } from './contract.ts'
import { askedContract } from './contract-asked.ts'
import { custodyContract } from './contract-custody.ts'
import { heardContract } from './contract-heard.ts'
import { lanesContract } from './contract-lanes.ts'
import { lookingContract } from './contract-looking.ts'
import { movingContract } from './contract-moving.ts'
import { passingContract } from './contract-passing.ts'
import { recallsContract } from './contract-recalls.ts'
import { receiptsContract } from './contract-receipts.ts'
import { settingAsideContract } from './contract-setting-aside.ts'
import { tombstonesContract } from './contract-tombstones.ts'
import { trackingContract } from './contract-tracking.ts'
import { waitingContract } from './contract-waiting.ts'
import { heldSql, letGoSql, numbersSql, silentSql } from './custody.ts'
import { dueSql, lastDueSql, nextDueSql, nextLaneSql, promoteFutureSql, promotePastSql } from './inbox.ts'
import { openSpool } from './open-spool.ts'
import { addedSql, ofLetterSql, pageNextSql, pageRestSql } from './outbox.ts'
import { expiredInCustodySql, expiredSql } from './recalls.ts'
import { owedItemsSql } from './receipts.ts'
import type { Spool } from './spool.ts'
import { overdueInCustodySql, overdueSql } from './waiting.ts'

const at = 1_700_000_000_000
const inlineBytesMax = 1024

interface Bench {
  readonly directory: string
  readonly database: Database
  readonly faults: Faults
  /** The spool as a program that has just started finds it. */
  open(): Promise<Spool>
  /** All files below the spool's directory. */
  files(): Promise<string[]>
}

/** Not NNCP's hash, but as good for telling bytes apart, and native: the stories below hash thousands of times. */
const quickSuite: Suite = {
  ...pureSuite,
  blake3: data => createHash('sha256').update(data).digest(),
  blake3Keyed: (key, data) => createHmac('sha256', key).update(data).digest(),
}

async function bench(suite: Suite = quickSuite): Promise<Bench> {
  const directory = await scratchDirectory()
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const faults = new Faults()
  const parts = { suite, random: randomBytes, log: silentLog, inlineBytesMax }
  return {
    directory,
    database,
    faults,
    open: () =>
      openSpool({ ...parts, directory, database: faultyDatabase(database, faults), files: faultyFiles(faults) }),
    async files() {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      return entries.filter(entry => entry.isFile()).map(entry => entry.name)
    },
  }
}

spoolContract('on SQLite and files', async () => (await bench(pureSuite)).open())
custodyContract('on SQLite and files', async () => (await bench(pureSuite)).open())
receiptsContract('on SQLite and files', async () => (await bench(pureSuite)).open())
settingAsideContract('on SQLite and files', async () => (await bench(pureSuite)).open())
heardContract('on SQLite and files', async () => (await bench(pureSuite)).open())
askedContract('on SQLite and files', async () => (await bench(pureSuite)).open())
movingContract('on SQLite and files', async () => (await bench(pureSuite)).open())
lanesContract('on SQLite and files', async () => (await bench(pureSuite)).open())
waitingContract('on SQLite and files', async () => (await bench(pureSuite)).open())
tombstonesContract('on SQLite and files', async () => (await bench(pureSuite)).open())
lookingContract('on SQLite and files', async () => (await bench(pureSuite)).open())
recallsContract('on SQLite and files', async () => {
  const here = await bench(pureSuite)
  return { spool: await here.open(), journeys: openJourneys(here.database) }
})
passingContract('on SQLite and files', async () => (await bench()).open())
trackingContract('on SQLite and files', async () => {
  const here = await bench(pureSuite)
  return { spool: await here.open(), journeys: openJourneys(here.database) }
})

describe('files', () => {
  test('of packets that leave stay while somebody copies them, and go then unless they are needed again', async () => {
    const here = await bench()
    const spool = await here.open()
    const gone = await receive(spool, 1, { sizeBytes: 5000 })
    const again = await receive(spool, 2, { sizeBytes: 5000 })
    const letGo = [spool.keepFiles(), spool.keepFiles()]
    for (const { id } of [gone, again]) await spool.inbox.finish(id, { at, outbound: [] })
    expect((await here.files()).sort()).toEqual([gone.id, again.id].sort())
    const staged = await stage(spool, 2, 5000)
    await spool.outbox.commit([outbound(staged)])
    await letGo[0]?.()
    await letGo[0]?.()
    expect(await here.files()).toHaveLength(2)
    await letGo[1]?.()
    expect(await here.files()).toEqual([again.id])
    expect(await read(await spool.outbox.open(again.id))).toEqual(Buffer.from(bytesOf(2, 5000)))
  })

  test('large bodies are files named by their hash, small ones are not', async () => {
    const here = await bench()
    const spool = await here.open()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await receive(spool, 2, { sizeBytes: 100 })
    expect(await here.files()).toEqual([id])
    expect(await readdir(join(here.directory, 'bodies'))).toEqual([id.slice(0, 2)])
  })

  test('nothing stays of what is discarded, too large, cut off or a duplicate', async () => {
    const here = await bench()
    const spool = await here.open()
    const discarded = await stage(spool, 1, 5000)
    expect(await here.files()).toHaveLength(1)
    await discarded.discard()
    expect(await here.files()).toEqual([])
    const limits = { signal: new AbortController().signal, sizeBytesMax: 4000 }
    async function* source() {
      yield bytesOf(1, 3000)
      yield bytesOf(1, 3000)
    }
    await expect(spool.stage(source(), limits)).rejects.toMatchObject({ code: 'too-large' })
    const cut = spool.scratch(source(), { signal: AbortSignal.abort(), sizeBytesMax: 9000 })
    await expect(cut).rejects.toSatisfy(isAbort)
    expect(await here.files()).toEqual([])
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await receive(spool, 1, { sizeBytes: 5000 })
    expect(await here.files()).toEqual([id])
    await spool.inbox.finish(id, { at, outbound: [] })
    expect(await here.files()).toEqual([])
    await receive(spool, 1, { sizeBytes: 5000 })
    expect(await here.files()).toEqual([])
  })

  test('a body shared by three rooms is removed with the last', async () => {
    const here = await bench()
    const spool = await here.open()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await spool.outbox.commit([outbound(await stage(spool, 1, 5000))])
    await spool.inbox.quarantine(id, { reason: 'x', outcome: 'refused', at, outbound: [] })
    await spool.outbox.release(id, at)
    expect((await here.files()).includes(id)).toBe(true)
    await spool.quarantine.remove((await spool.quarantine.list(1))[0]?.number ?? 0)
    expect((await here.files()).includes(id)).toBe(false)
  })

  test('a packet that leaves and comes at the same time is there or not, with its bytes', async () => {
    const here = await bench()
    const spool = await here.open()
    const first = await stage(spool, 1, 5000)
    const { id } = first
    await first.discard()
    for (let round = 0; round < 30; round += 1) {
      await spool.outbox.commit([outbound(await stage(spool, 1, 5000))])
      const staged = await stage(spool, 1, 5000)
      await Promise.all([spool.outbox.release(id, at), spool.outbox.commit([outbound(staged)])])
      const body = await spool.outbox.open(id)
      if (body !== undefined) expect((await read(body))?.length).toBe(5000)
      await staged.discard()
      await spool.outbox.release(id, at)
      expect(await here.files()).toEqual([])
    }
  })

  test('a file that is gone or cut is an error, never a short packet', async () => {
    const here = await bench()
    const spool = await here.open()
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    const body = await spool.inbox.open(id)
    await writeFile(join(here.directory, 'bodies', id.slice(0, 2), id), 'short')
    await expect(read(body)).rejects.toMatchObject({ code: 'body-missing', retry: 'later' })
  })

  test('what a crash left is swept at the start; what is not ours stays', async () => {
    const here = await bench()
    const first = await here.open()
    const { id } = await receive(first, 1, { sizeBytes: 5000 })
    await stage(first, 2, 5000)
    const orphan = (await stage(first, 3, 5000)).id
    await mkdir(join(here.directory, 'bodies', orphan.slice(0, 2)), { recursive: true })
    await writeFile(join(here.directory, 'bodies', orphan.slice(0, 2), orphan), 'orphan')
    await writeFile(join(here.directory, 'bodies', 'README'), 'a note of a person')
    await here.open()
    expect((await here.files()).sort()).toEqual([id, 'README'].sort())
  })
})

describe('speed', () => {
  test('no step of a hot path reads the whole spool', async () => {
    const { database } = await bench()
    const plan = (sql: string) => {
      const values = [...new Set(sql.match(/\?\d/g) ?? Array.from(sql.match(/\?/g) ?? [], (_, at) => String(at)))]
      const rows = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values.map(() => 1))
      return rows.map(row => row.detail).join('; ')
    }
    const hot = [
      [addedSql, 'INTEGER PRIMARY KEY (rowid>?)'],
      [pageRestSql, 'outbox_queue (next_hop=? AND niceness=? AND sequence>?)'],
      [pageNextSql, 'outbox_queue (next_hop=? AND niceness>?)'],
      [ofLetterSql, 'outbox_letter (letter=?)'],
      [overdueSql, 'outbox_waiting (warned=? AND day<?)'],
      [overdueInCustodySql, 'custody_waiting (warned=? AND day<?)'],
      [expiredSql, 'outbox_lifetimes (<expr><?)'],
      [expiredInCustodySql, 'custody_lifetimes (<expr><?)'],
      [silentSql, 'custody_due (due<?)'],
      [numbersSql, 'custody_numbers (destination=? AND series=?)'],
      [heldSql, 'custody_held'],
      [letGoSql, 'custody_let_go'],
      [owedItemsSql, 'receipts_owed (node=?)'],
      [dueSql, 'inbox_ready (lane=?)'],
      [nextLaneSql, 'inbox_ready (lane>?)'],
      [nextDueSql, 'inbox_waiting'],
      [lastDueSql, 'inbox_waiting'],
      [promotePastSql, 'inbox_waiting (due_at<?)'],
      [promoteFutureSql, 'inbox_waiting (due_at>?)'],
      ['SELECT 1 FROM outbox WHERE id = ?', '(id=?)'],
      ['SELECT 1 FROM outbox WHERE acknowledges = ?', '(acknowledges=?)'],
      ['SELECT sender FROM seen WHERE id = ?', '(id=?)'],
      ['SELECT 1 FROM quarantine WHERE body = ?', '(body=?)'],
      ['SELECT id FROM seen WHERE day < ? LIMIT 5', '(day<?)'],
    ] as const
    for (const [sql, index] of hot) {
      expect(plan(sql)).toContain(index)
      expect(plan(sql)).not.toContain('TEMP B-TREE')
    }
  })
})

/** A letter comes in, is answered, is relayed; another is set aside. Each deed may be done again after a crash. */
async function story(spool: Spool): Promise<void> {
  const large = await receive(spool, 1, { sizeBytes: 5000 })
  const small = await receive(spool, 2, { sizeBytes: 100 })
  const answers = [
    outbound(await stage(spool, 11, 5000)),
    outbound(await stage(spool, 12), { kind: 'ack', acknowledges: large.id }),
  ]
  await spool.inbox.finish(large.id, { at, outbound: answers })
  for (const { staged } of answers) await staged.discard()
  await spool.inbox.quarantine(small.id, { reason: 'rubbish', outcome: 'refused', at, outbound: [] })
  const letters = [outbound(await stage(spool, 21, 5000)), outbound(await stage(spool, 22, 6000))]
  await spool.outbox.commit(letters)
  for (const { staged } of letters) await staged.discard()
}

/** What must be there in the end, whatever happened on the way. */
async function expectStoryTold(here: Bench, spool: Spool): Promise<void> {
  const ids = await Promise.all(
    [
      [11, 5000],
      [12, 100],
      [21, 5000],
      [22, 6000],
    ].map(async ([seed = 0, size = 0]) => {
      const staged = await stage(spool, seed, size)
      await staged.discard()
      const bytes = await read(await spool.outbox.open(staged.id))
      // Not toEqual: it looks at each byte for long.
      expect(bytes?.equals(bytesOf(seed, size))).toBe(true)
      return staged.id
    }),
  )
  expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
  expect(await spool.outbox.summary()).toEqual([{ nextHop: node(2), packets: 4, bytes: 16_100 }])
  expect(await spool.quarantine.count()).toBe(1)
  const large = [ids[0], ids[2], ids[3]] as PacketId[]
  expect((await here.files()).sort()).toEqual(large.sort())
}

describe('faults', () => {
  async function operationsOfStory(): Promise<number> {
    const here = await bench()
    const spool = await here.open()
    here.faults.arm(Number.POSITIVE_INFINITY, 'crash')
    await story(spool)
    await expectStoryTold(here, spool)
    return here.faults.operations
  }

  test('killed before any operation, the story can be told again and comes out the same', async () => {
    const operations = await operationsOfStory()
    expect(operations).toBeGreaterThan(25)
    await forEachOperation(operations, async operation => {
      const here = await bench()
      const spool = await here.open()
      here.faults.arm(operation, 'crash')
      await story(spool).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError))
      here.faults.disarm()
      const again = await here.open()
      await story(again)
      await expectStoryTold(here, again)
    })
  })

  test.each(['ENOSPC', 'EIO'] as const)(
    '%s at any operation: an error to try later, nothing kept, then it works',
    async fault => {
      const operations = await operationsOfStory()
      const code = fault === 'EIO' ? 'disk-failed' : 'disk-full'
      await forEachOperation(operations, async operation => {
        const here = await bench()
        const spool = await here.open()
        here.faults.arm(operation, fault)
        await story(spool).catch((error: unknown) => expect(error).toMatchObject({ code, retry: 'later' }))
        here.faults.disarm()
        await story(spool)
        // What could not be removed while the disk failed goes at the next start.
        const again = await here.open()
        await expectStoryTold(here, again)
      })
    },
  )

  test('a commit that the disk refuses leaves no file and no row', async () => {
    const here = await bench()
    const spool = await here.open()
    const letters = [outbound(await stage(spool, 1, 5000)), outbound(await stage(spool, 2, 5000))]
    here.faults.arm(6, 'ENOSPC')
    const failing = spool.outbox.commit(letters).finally(() => here.faults.disarm())
    await expect(failing).rejects.toMatchObject({ code: 'disk-full' })
    for (const { staged } of letters) await staged.discard()
    expect(await here.files()).toEqual([])
    expect(await spool.outbox.summary()).toEqual([])
  })
})
