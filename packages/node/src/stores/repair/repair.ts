/** A damaged or missing database is made anew, beside it, and then takes its place. */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { NodeId, Suite } from '@posthorn/nncp'
import { systemCode } from '../../base/errors.ts'
import { databaseError } from '../database/failure.ts'
import { openSqlite } from '../database/sqlite.ts'
import { diskError } from '../files/index.ts'
import { takePeople, takeQueueFiles, takeStrays } from './leftovers.ts'
import { rebuild } from './rebuild.ts'
import type { RepairReport } from './report.ts'
import { latestSnapshot } from './snapshots.ts'
import { markOf } from './upkeep.ts'

export interface RepairPaths {
  readonly database: string
  readonly spool: string
  readonly mail: string
  readonly queue: string
  /** The last good copies. */
  readonly snapshots: string
  /** Where damaged files are kept, for a person. */
  readonly damaged: string
}

export interface RepairContext {
  readonly paths: RepairPaths
  readonly self: NodeId
  readonly suite: Suite
  readonly now: number
  /** Names of Maildirs that are no people's. */
  readonly noPeople?: readonly string[]
}

export type Cause = Pick<RepairReport, 'cause' | 'kind'>

/** Beside the database: being made, and whole. */
const making = (path: string) => `${path}.making`
const made = (path: string) => `${path}.made`
const parts = ['', '-wal', '-shm', '-journal'] as const

/** Cut off at any moment, it is begun anew or ended at the next start; nothing that was damaged is ever deleted. */
export async function repairDatabase(context: RepairContext, { cause, kind }: Cause): Promise<RepairReport> {
  const { paths, now, noPeople = [] } = context
  const aside = await freeFolder(paths.damaged, now)
  const work = making(paths.database)
  try {
    await removeAll(work)
    const damaged = await workingCopy(paths.database, `${work}.damaged`)
    const snapshot = await latestSnapshot(paths.snapshots)
    const good = snapshot === undefined ? null : await workingCopy(snapshot.path, `${work}.snapshot`)
    const found = { strays: { inbox: 0, outbox: 0, quarantine: 0 }, locked: [] as readonly string[], letters: 0 }
    const rebuilt = await rebuild(work, { damaged, snapshot: good }, async (sqlite, holes) => {
      found.strays = await takeStrays(sqlite, { ...context, spool: paths.spool, at: now, holes })
      if (holes.has('users')) found.locked = await takePeople(sqlite, paths.mail, { at: now, noPeople })
      found.letters = await takeQueueFiles(sqlite, paths.queue, join(aside, 'queue'))
    })
    const report: RepairReport = {
      ...{ at: now, cause, kind, tables: rebuilt.tables, found: found.strays, bodiesMissing: rebuilt.bodiesMissing },
      aside: damaged === null ? null : aside,
      snapshotAt: rebuilt.usedSnapshot ? (snapshot?.at ?? null) : null,
      locked: found.locked,
      strayLetters: found.letters === 0 ? null : { folder: join(aside, 'queue'), letters: found.letters },
    }
    noteRepair(work, report)
    await sync(work)
    await rename(work, made(paths.database))
    await sync(dirname(work))
    await putInPlace(paths, now, aside)
    return report
  } catch (error) {
    throw databaseError(diskError(error, 'repairing the database', paths.database))
  } finally {
    // What cannot be removed now is at the next start.
    await removeBegun(paths).catch(() => undefined)
  }
}

/** What a repair that was cut off has left: nothing of it is believed. */
async function removeBegun({ database }: RepairPaths): Promise<void> {
  for (const end of ['', '.damaged', '.snapshot']) await removeAll(`${making(database)}${end}`)
}

/**
 * Puts a database that was made whole in its place, and what is there out of the way. Also after a crash, before
 * anything is looked at: true when there was one.
 */
export async function finishRepair(paths: RepairPaths, now: number): Promise<boolean> {
  try {
    await removeBegun(paths)
    return await putInPlace(paths, now)
  } catch (error) {
    throw diskError(error, 'repairing the database', paths.database)
  }
}

async function putInPlace(paths: RepairPaths, now: number, aside?: string): Promise<boolean> {
  const { database } = paths
  if (!(await exists(made(database)))) return false
  const there = (await Promise.all(parts.map(end => exists(database + end)))).some(Boolean)
  const folder = aside ?? (await freeFolder(paths.damaged, now))
  if (there) await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const end of parts) {
    if (await exists(database + end)) await rename(database + end, join(folder, basename(database) + end))
  }
  if (there) await sync(folder)
  // It tells of the old one, and would have the new one taken for damaged.
  await rm(markOf(database), { force: true })
  await sync(dirname(database))
  await rename(made(database), database)
  await sync(dirname(database))
  return true
}

/** Whatever the clock says, nothing that lies there is overwritten. */
async function freeFolder(damaged: string, now: number): Promise<string> {
  const name = join(damaged, `database-${new Date(now).toISOString().replaceAll(':', '-')}`)
  if (!(await exists(name))) return name
  for (let number = 2; ; number += 1) if (!(await exists(`${name}-${number}`))) return `${name}-${number}`
}

/** Reading a damaged file may change it, its log above all: a copy is read. Null where there is none. */
async function workingCopy(from: string, to: string): Promise<string | null> {
  await removeAll(to)
  if (!(await exists(from))) return null
  // Without the index of the log (-shm), which SQLite makes anew.
  for (const end of ['', '-wal']) {
    if (await exists(from + end)) await copyFile(from + end, to + end, constants.COPYFILE_FICLONE)
  }
  await mendHeader(to)
  return to
}

const headerStart = Buffer.from('SQLite format 3\0', 'latin1')
/** Page size 4096, read and written with a log; payload fractions as every file has them. */
const headerFacts = Buffer.from([0x10, 0x00, 0x02, 0x02, 0x00, 0x40, 0x20, 0x20])

/** The first bytes of the file are the same in every database of ours: where only they are hit, all else is read. */
async function mendHeader(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    if ((await file.stat()).size >= 4096) await file.write(Buffer.concat([headerStart, headerFacts]), 0, 24, 0)
  } finally {
    await file.close()
  }
}

function noteRepair(path: string, report: RepairReport): void {
  const sqlite = openSqlite(path, { busyTimeoutMs: 5000 })
  try {
    const sql = `INSERT INTO repairs (at, day, report) VALUES (?, coalesce((SELECT day FROM calendar), 0), ?)`
    sqlite.prepare(sql).run(report.at, JSON.stringify(report))
    sqlite
      .prepare('INSERT INTO restores (restored_at, made_at) VALUES (?, ?)')
      .run(report.at, report.snapshotAt ?? report.at)
    sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    sqlite.close()
  }
}

async function removeAll(path: string): Promise<void> {
  for (const end of parts) await rm(path + end, { force: true })
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
