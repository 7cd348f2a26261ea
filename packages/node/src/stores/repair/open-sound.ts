/** Opening the database of a node, so that what is wrong with it is found and mended first. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { isLogBroken } from './examine.ts'
import { repairLimits } from './limits.ts'
import { type Cause, exists, finishRepair, type RepairContext, type RepairPaths, repairDatabase } from './repair.ts'
import type { RepairReport } from './report.ts'
import { latestSnapshot } from './snapshots.ts'
import { brokenTexts } from './tables.ts'

export interface SoundDatabase {
  readonly database: Database
  /** Of this opening; what was repaired before stands in the database. */
  readonly repair: RepairReport | null
  /** Aborts when the file turns out to be damaged while it is in use. Everything then fails with `database-damaged`. */
  readonly damaged: AbortSignal
}

/**
 * There while the database is in use: the last end was not a clean one when it is found. Its name is the database's
 * with an ending.
 */
const inUse = (path: string) => `${path}.in-use`

/**
 * @param force the cause of a repair that somebody has found already.
 * @throws OperatingError what `openDatabase` throws, but for what could be mended.
 */
export async function openSound(context: RepairContext, force?: Cause): Promise<SoundDatabase> {
  const { paths } = context
  await finishRepair(paths)
  let cause = force ?? (await causeBefore(paths))
  if (cause === undefined) {
    const opened = await openExamined(paths.database)
    if (!('cause' in opened)) return { ...opened, repair: null }
    cause = opened
  }
  const repair = await repairDatabase(context, cause)
  return { ...inUseNow(paths.database), repair }
}

export function damage(words: string): Cause {
  return { kind: 'damaged', cause: words }
}

export function isDamage(error: unknown): error is OperatingError {
  return error instanceof OperatingError && error.code === 'database-damaged'
}

type Opened = Pick<SoundDatabase, 'database' | 'damaged'>

/** Refuses what is of a newer version, or not ours, before anything is called damaged. */
async function openExamined(path: string): Promise<Opened | Cause> {
  const unclean = await exists(inUse(path))
  let opened: Opened
  try {
    opened = inUseNow(path)
  } catch (error) {
    if (isDamage(error)) return damage(error.message)
    throw error
  }
  const isSmall = (await stat(path)).size <= repairLimits.checkedAtStartBytesMax
  const [problem] = unclean || isSmall ? problemsIn(opened.database, isSmall ? 'integrity_check' : 'quick_check') : []
  if (problem === undefined) return opened
  opened.database.close()
  return damage(problem)
}

function problemsIn(database: Database, check: string): readonly string[] {
  try {
    const rows = database.all<Readonly<Record<string, unknown>>>(`PRAGMA ${check}(${repairLimits.problemsMax})`)
    const problems = rows.map(row => String(Object.values(row)[0])).filter(text => text !== 'ok')
    if (problems.length > 0) return problems
    return Object.keys(brokenTexts).filter(words => database.get(brokenTexts[words] ?? '') !== undefined)
  } catch (error) {
    if (isDamage(error)) return [error.message]
    throw error
  }
}

function inUseNow(path: string): Opened {
  const found = new AbortController()
  const mark = inUse(path)
  const database = openDatabase(path, {
    onDamaged: () => found.abort(),
    // After damage the mark stays: all of the file is looked at when it is opened again.
    onSettled: () => {
      if (!found.signal.aborted) rmSync(mark, { force: true })
    },
  })
  closeSync(openSync(mark, 'a', 0o600))
  return { database, damaged: found.signal }
}

/** What can be seen without opening it. */
async function causeBefore(paths: RepairPaths): Promise<Cause | undefined> {
  const path = paths.database
  const unclean = await exists(inUse(path))
  const size = (await exists(path)) ? (await stat(path)).size : 0
  const log = `${path}-wal`
  const hasLog = await exists(log)
  if (size === 0 && (!hasLog || (await stat(log)).size === 0)) {
    const lost = unclean || (await hadDatabase(paths))
    return lost ? { kind: 'missing', cause: 'The database file is gone, or empty.' } : undefined
  }
  if (unclean && !hasLog) {
    return { kind: 'log', cause: 'The write-ahead log of the database is gone: what was committed last may be missing.' }
  }
  if (await isLogBroken(log)) {
    return { kind: 'log', cause: 'The write-ahead log of the database is damaged: what stood behind that is missing.' }
  }
  return undefined
}

/** Whether there are traces of a node that has worked here. */
async function hadDatabase({ snapshots, mail, spool }: RepairPaths): Promise<boolean> {
  if ((await latestSnapshot(snapshots)) !== undefined) return true
  for (const folder of [mail, join(spool, 'bodies')]) {
    const names = await readdir(folder).catch(() => [])
    if (names.length > 0) return true
  }
  return false
}
