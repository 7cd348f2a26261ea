import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Suite } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { bytesOf, node, read, stage } from './contract.ts'
import { appendAll, idOf, opened, partialsContract } from './contract-partials.ts'
import { memorySpool } from './memory.ts'
import { openSpool } from './open-spool.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000

/** Not NNCP's hash, but as good for telling bytes apart, and native: the stories below hash thousands of times. */
const quickSuite: Suite = {
  ...pureSuite,
  blake3: data => createHash('sha256').update(data).digest(),
  blake3Keyed: (key, data) => createHmac('sha256', key).update(data).digest(),
}

async function bench(partialBounds = { countMax: 3, bytesMax: 10_000 }) {
  const directory = await scratchDirectory()
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const faults = new Faults()
  const parts = { suite: quickSuite, random: randomBytes, log: silentLog, inlineBytesMax: 1024, partialBounds }
  return {
    directory,
    faults,
    open: () =>
      openSpool({ ...parts, directory, database: faultyDatabase(database, faults), files: faultyFiles(faults) }),
    partials: () => readdir(join(directory, 'partial')),
  }
}

partialsContract('on files', async () => (await bench()).open())
partialsContract('in memory', async () => memorySpool({ suite: pureSuite }))

async function cut(spool: Spool, seed: number, bytes: number): Promise<string> {
  const id = await idOf(spool, seed, 9000)
  const partial = await opened(spool, id, 9000)
  await appendAll(partial, bytesOf(seed, 9000).slice(0, bytes))
  await partial.keep()
  return id
}

describe('the files of partial packets', () => {
  test('are there after a restart, and only large ones', async () => {
    const here = await bench()
    const spool = await here.open()
    const id = await idOf(spool, 1, 9000)
    await cut(spool, 1, 4000)
    await cut(spool, 2, 500)
    expect(await here.partials()).toEqual([id])
    expect((await opened(await here.open(), id, 9000)).offsetBytes).toBe(4000)
  })

  test('are bounded in number and bytes, now and at the next start: the oldest go', async () => {
    const here = await bench()
    const spool = await here.open()
    const ids = [await cut(spool, 1, 2000), await cut(spool, 2, 2000), await cut(spool, 3, 2000)]
    ids.push(await cut(spool, 4, 2000))
    expect((await here.partials()).sort()).toEqual(ids.slice(1).sort())
    ids.push(await cut(spool, 5, 8000))
    expect((await here.partials()).sort()).toEqual(ids.slice(3).sort())
    const [older = '', newer = ''] = ids.slice(3)
    await utimes(join(here.directory, 'partial', older), 1, 1)
    await writeFile(join(here.directory, 'partial', newer), Buffer.alloc(10_000))
    await here.open()
    expect(await here.partials()).toEqual([newer])
  })

  test('that a crash left beside their packet go at the next start', async () => {
    const here = await bench()
    const spool = await here.open()
    const id = await cut(spool, 1, 4000)
    const left = await readFile(join(here.directory, 'partial', id))
    const staged = await stage(spool, 1, 9000)
    expect(await spool.inbox.commit({ staged, sender: node(2), niceness: 1, source: 'stick', at })).toBe('new')
    expect(await here.partials()).toEqual([])
    await writeFile(join(here.directory, 'partial', id), left)
    expect(await (await here.open()).partials.list()).toEqual([])
    expect(await here.partials()).toEqual([])
  })

  test('nothing else stays there', async () => {
    const here = await bench()
    const spool = await here.open()
    const id = await cut(spool, 1, 4000)
    await writeFile(join(here.directory, 'partial', 'rubbish'), '')
    await mkdir(join(here.directory, 'partial', await idOf(spool, 2, 10)))
    await symlink('/etc/passwd', join(here.directory, 'partial', await idOf(spool, 3, 10)))
    await here.open()
    expect(await here.partials()).toEqual([id])
  })

  test('a file that was changed behind our back is no packet', async () => {
    const here = await bench()
    const spool = await here.open()
    const id = await idOf(spool, 1, 9000)
    await cut(spool, 1, 4000)
    await writeFile(join(here.directory, 'partial', id), Buffer.alloc(4000))
    const partial = await opened(spool, id, 9000)
    await appendAll(partial, bytesOf(1, 9000).slice(4000))
    expect(await partial.finish()).toBe('bad-hash')
    expect(await here.partials()).toEqual([])
  })
})

/** A packet comes in two calls and is committed. */
async function story(spool: Spool): Promise<void> {
  const bytes = bytesOf(1, 9000)
  const id = await idOf(spool, 1, 9000)
  for (const toBytes of [5000, 9000]) {
    const partial = await opened(spool, id, 9000)
    await appendAll(partial, bytes.slice(partial.offsetBytes, toBytes)).catch(async (error: unknown) => {
      await partial.discard()
      throw error
    })
    if (toBytes < 9000) {
      await partial.keep()
      continue
    }
    const staged = await partial.finish()
    if (staged === 'bad-hash') continue
    await spool.inbox.commit({ staged, sender: node(2), niceness: 1, source: 'x', at })
  }
}

describe('faults', () => {
  test('what could not be removed when the disk failed does not keep its packet away', async () => {
    const here = await bench()
    const spool = await here.open()
    const id = await idOf(spool, 1, 9000)
    await writeFile(join(here.directory, 'partial', id), 'given up, and still there')
    const partial = await opened(spool, id, 9000)
    expect(partial.offsetBytes).toBe(0)
    await appendAll(partial, bytesOf(1, 9000))
    const staged = await partial.finish()
    if (staged === 'bad-hash') throw new Error('the bytes are the packet')
    expect(await read(staged)).toEqual(Buffer.from(bytesOf(1, 9000)))
    await staged.discard()
    expect(await here.partials()).toEqual([])
  })

  test.each(['crash', 'ENOSPC', 'EIO'] as const)('%s at any operation: the next call brings it home', async fault => {
    const probe = await bench()
    const first = await probe.open()
    probe.faults.arm(Number.POSITIVE_INFINITY, fault)
    await story(first)
    expect(probe.faults.operations).toBeGreaterThan(15)
    await forEachOperation(probe.faults.operations, async operation => {
      const here = await bench()
      const spool = await here.open()
      here.faults.arm(operation, fault)
      await story(spool).catch((error: unknown) => {
        if (fault === 'crash') expect(error).toBeInstanceOf(CrashError)
        else expect(error).toMatchObject({ retry: 'later' })
      })
      here.faults.disarm()
      const again = await here.open()
      await story(again)
      const bytes = await read(await again.inbox.open(await idOf(again, 1, 9000)))
      expect(bytes?.equals(bytesOf(1, 9000))).toBe(true)
      await here.open()
      expect((await here.partials()).length).toBeLessThanOrEqual(1)
    })
  })
})
