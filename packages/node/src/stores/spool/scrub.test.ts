/** Bytes that the disk has changed or lost. */
import { randomBytes } from 'node:crypto'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PacketId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { bytesOf, outbound, read, receive, stage } from './contract.ts'
import { openSpool } from './open-spool.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000
let directory: string
let database: Database
let spool: Spool

const open = () =>
  openSpool({ database, directory, suite: pureSuite, random: randomBytes, log: silentLog, inlineBytesMax: 1024 })

beforeEach(async () => {
  directory = await scratchDirectory()
  const opened = openDatabase(':memory:')
  onTestFinished(() => opened.close())
  database = opened
  spool = await open()
})

const fileOf = (id: PacketId) => join(directory, 'bodies', id.slice(0, 2), id)
const verify = (id: PacketId) =>
  spool.scrub.verify(id, { signal: new AbortController().signal, pace: async () => undefined })

const harms = {
  'a bit flipped': async (id: PacketId) => {
    const bytes = await readFile(fileOf(id))
    bytes[777] = (bytes[777] ?? 0) ^ 4
    await writeFile(fileOf(id), bytes)
  },
  'cut short': (id: PacketId) => truncate(fileOf(id), 4000),
  emptied: (id: PacketId) => truncate(fileOf(id), 0),
  gone: (id: PacketId) => rm(fileOf(id)),
  'in the database': async (id: PacketId) => {
    await database.commit(() => database.run('UPDATE bodies SET bytes = zeroblob(size_bytes) WHERE id = ?', id))
  },
} as const

test.each(Object.entries(harms))('%s: it is found, kept beside, and a sound one comes in', async (name, harm) => {
  const sizeBytes = harm === harms['in the database'] ? 100 : 5000
  const { id } = await receive(spool, 1, { sizeBytes })
  await harm(id)
  expect(await verify(id)).toBe(name === 'gone' ? 'missing' : 'damaged')
  await spool.scrub.setAside(id, { reason: 'damaged', at })
  expect(await verify(id)).toBe('gone')
  const aside = () => readFile(join(directory, 'damaged', id)).catch(() => null)
  expect((await aside()) === null).toBe(name === 'gone')
  expect((await receive(spool, 1, { sizeBytes })).outcome).toBe('new')
  expect(await verify(id)).toBe('sound')
  expect(await read(await spool.inbox.open(id))).toEqual(Buffer.from(bytesOf(1, sizeBytes)))
  await spool.quarantine.remove((await spool.quarantine.list(1))[0]?.number ?? 0)
  expect(await aside()).toBeNull()
  spool = await open()
  expect(await verify(id)).toBe('sound')
})

test('damaged twice: the later remains are kept', async () => {
  for (const fill of [1, 2]) {
    const { id } = await receive(spool, 1, { sizeBytes: 5000 })
    await writeFile(fileOf(id), Buffer.alloc(5000, fill))
    await spool.scrub.setAside(id, { reason: 'damaged', at })
    expect((await readFile(join(directory, 'damaged', id)))[0]).toBe(fill)
  }
  expect(await spool.quarantine.list(10)).toHaveLength(1)
  expect(await spool.quarantine.count()).toBe(1)
})

test('a crash between the moving and the commit: it is missing, and let go of all the same', async () => {
  const staged = await stage(spool, 1, 5000)
  await spool.outbox.commit([outbound(staged)])
  await writeFile(fileOf(staged.id), Buffer.alloc(5000))
  vi.spyOn(database, 'commit').mockRejectedValueOnce(new Error('no power'))
  await expect(spool.scrub.setAside(staged.id, { reason: 'damaged', at })).rejects.toThrow('no power')
  spool = await open()
  expect(await verify(staged.id)).toBe('missing')
  expect(await spool.scrub.setAside(staged.id, { reason: 'damaged', at })).toBe(true)
  expect(await spool.outbox.get(staged.id)).toBeUndefined()
})
