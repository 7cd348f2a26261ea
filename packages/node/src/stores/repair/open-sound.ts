/** Opening the database of a node, so that what is wrong with it is found and mended first. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, OperatingError } from '../../base/errors.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { isLogBroken } from './examine.ts'
import { repairLimits } from './limits.ts'
import { type Cause, exists, finishRepair, type RepairContext, type RepairPaths, repairDatabase } from './repair.ts'
import type { RepairReport } from './report.ts'
import { latestSnapshot } from './snapshots.ts'
import { brokenTexts } from './tables.ts'
import { alarmOf, askForRepair, forgetAlarm, markOf, noteAlarm, type Upkeep, upkeep } from './upkeep.ts'

export interface SoundDatabase {
  readonly database: Database
  /** Of this opening, or cut off before and ended by it; what was repaired earlier stands in the database. */
  readonly repair: RepairReport | null
  /** What it was taken for damaged for while it was in use, when all of it was read since and is whole. */
  readonly falseAlarm: string | null
  /** Aborts when the file turns out to be damaged while it is in use. Everything then fails with `database-damaged`. */
  readonly damaged: AbortSignal
  readonly upkeep: Upkeep
}

interface SoundOptions extends RepairContext {
  readonly freeBytes: (path: string) => Promise<number>
}

/** @throws OperatingError what `openDatabase` throws, but for what could be mended. */
export async function openSound(context: SoundOptions): Promise<SoundDatabase> {
  const { paths } = context
  const isFinished = await finishRepair(paths, context.now)
  let cause = await causeBefore(paths)
  if (cause === undefined) {
    const asked = await askedFor(paths)
    const opened = await openExamined(context, asked)
    if (!('cause' in opened)) {
      if (asked !== null) noteAlarm(paths.database)
      return { ...opened, repair: isFinished ? opened.upkeep.lastRepair() : null, falseAlarm: asked }
    }
    cause = opened
  }
  const repair = await repairDatabase(context, cause)
  forgetAlarm(paths.database)
  return { ...inUseNow(context), repair, falseAlarm: null }
}

function damage(words: string): Cause {
  return { kind: 'damaged', cause: words }
}

function isDamage(error: unknown): error is OperatingError {
  return error instanceof OperatingError && error.code === 'database-damaged'
}

type Opened = Omit<SoundDatabase, 'repair' | 'falseAlarm'>

/** Refuses what is of a newer version, or not ours, before anything is called damaged. */
async function openExamined(options: SoundOptions, asked: string | null): Promise<Opened | Cause> {
  const path = options.paths.database
  const unclean = await exists(markOf(path))
  let opened: Opened
  try {
    opened = inUseNow(options)
  } catch (error) {
    if (isDamage(error)) return damage(error.message)
    throw error
  }
  const isSmall = (await stat(path)).size <= repairLimits.checkedAtStartBytesMax
  const isThorough = isSmall || asked !== null
  const check = isThorough ? 'integrity_check' : 'quick_check'
  const [problem] = unclean || isThorough ? problemsIn(opened.database, check) : []
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
    // Of a schema in which a letter is wrong SQLite says that it is wrong SQL, and ours in the check is right.
    if (isDamage(error) || !(error instanceof OperatingError)) return [messageOf(error)]
    throw error
  }
}

function inUseNow({ paths, freeBytes }: SoundOptions): Opened {
  const path = paths.database
  const stop = new AbortController()
  const found = (problem: string) => {
    if (!stop.signal.aborted) askForRepair(path, problem)
    stop.abort()
  }
  const database = openDatabase(path, {
    onDamaged: error => found(error.message),
    // After damage the mark stays.
    onSettled: () => {
      if (!stop.signal.aborted) rmSync(markOf(path), { force: true })
    },
  })
  closeSync(openSync(markOf(path), 'w', 0o600))
  return {
    database,
    damaged: stop.signal,
    upkeep: upkeep({ database, path, folder: paths.snapshots, freeBytes, found }),
  }
}

/** What can be seen without opening it. */
async function causeBefore(paths: RepairPaths): Promise<Cause | undefined> {
  const path = paths.database
  const unclean = await exists(markOf(path))
  const size = (await exists(path)) ? (await stat(path)).size : 0
  const log = `${path}-wal`
  const hasLog = await exists(log)
  if (size === 0 && (!hasLog || (await stat(log)).size === 0)) {
    const lost = unclean || (await hadDatabase(paths))
    return lost ? { kind: 'missing', cause: 'The database file is gone, or empty.' } : undefined
  }
  const asked = await askedFor(paths)
  // Who asked has closed it, and SQLite takes the log away then, at its leisure.
  if (unclean && !hasLog && asked === null) {
    return {
      kind: 'log',
      cause: 'The write-ahead log of the database is gone: what was committed last may be missing.',
    }
  }
  if (await isLogBroken(log)) {
    return { kind: 'log', cause: 'The write-ahead log of the database is damaged: what stood behind that is missing.' }
  }
  return asked !== null && (await exists(alarmOf(path))) ? damage(asked) : undefined
}

/**
 * What was taken for damage while it was in use. A disk that fails to read for a moment looks the same to SQLite, so it
 * is examined first; asked a second time, with no good check in between, it is repaired unexamined.
 */
async function askedFor({ database }: RepairPaths): Promise<string | null> {
  const mark = markOf(database)
  const words = (await exists(mark)) ? await readFile(mark, 'utf8') : ''
  return words === '' ? null : words
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
