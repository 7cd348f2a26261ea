/** Last good copies of the database, made by the node itself. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { abortError } from '../../base/clock.ts'
import { systemCode } from '../../base/errors.ts'
import type { Database } from '../database/database.ts'
import { sqliteModule } from '../database/sqlite.ts'
import { repairLimits } from './limits.ts'

export interface Snapshot {
  readonly path: string
  /** By the clock of the machine. */
  readonly at: number
}

const pattern = /^posthorn-(\d{8})-(\d{1,16})\.db$/

/** The latest first: they are numbered, whatever the clock says. */
async function snapshotsIn(folder: string): Promise<readonly (Snapshot & { number: number })[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  const found = names.flatMap(name => {
    const match = pattern.exec(name)
    return match === null ? [] : [{ path: join(folder, name), number: Number(match[1]), at: Number(match[2]) }]
  })
  return found.sort((one, other) => other.number - one.number)
}

export async function latestSnapshot(folder: string): Promise<Snapshot | undefined> {
  return (await snapshotsIn(folder))[0]
}

interface SnapshotContext {
  readonly database: Database
  /** The file of the database. */
  readonly path: string
  readonly folder: string
  readonly freeBytes: (path: string) => Promise<number>
  readonly now: number
}

/**
 * Copies the database as it is now, has all of the copy checked beside the work of the node, and keeps it when it is
 * whole; older ones go. Answers what is wrong with it: then so it is with the database. Where there is no room for a
 * copy, the database itself is checked.
 */
export async function checkAndKeep(
  { database, path, folder, freeBytes, now }: SnapshotContext,
  signal: AbortSignal,
): Promise<{ problems: readonly string[]; kept: boolean }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { size } = await stat(path)
  if ((await freeBytes(folder)) < size * repairLimits.snapshotRoomFactor) {
    return { problems: await examineBeside(path, signal), kept: false }
  }
  const before = await snapshotsIn(folder)
  const temporary = join(folder, 'making.db')
  await rm(temporary, { force: true })
  try {
    await database.snapshot(temporary, { signal })
    const problems = await examineBeside(temporary, signal)
    if (problems.length > 0) return { problems, kept: false }
    const number = String((before[0]?.number ?? 0) + 1).padStart(8, '0')
    await rename(temporary, join(folder, `posthorn-${number}-${Math.max(0, Math.floor(now))}.db`))
    await syncFolder(folder)
    for (const old of before.slice(repairLimits.snapshotsMax - 1)) await rm(old.path, { force: true })
    return { problems, kept: true }
  } finally {
    for (const end of ['', '-wal', '-shm']) await rm(temporary + end, { force: true })
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Plain JavaScript, since it runs as it stands: SQLite works through a large file for seconds at a time. */
const examiner = `
  const { parentPort, workerData: { sqlite, path, problemsMax } } = require('node:worker_threads')
  const { DatabaseSync } = require(sqlite)
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('PRAGMA integrity_check(' + problemsMax + ')').all()
  database.close()
  parentPort.postMessage(rows.map(row => String(Object.values(row)[0])).filter(text => text !== 'ok'))
`

/** What is wrong with a database, found on a thread of its own. */
function examineBeside(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { problemsMax } = repairLimits
  return new Promise((resolve, reject) => {
    const worker = new Worker(examiner, { eval: true, workerData: { sqlite: sqliteModule(), path, problemsMax } })
    const stop = () => {
      void worker.terminate()
      reject(abortError(signal))
    }
    signal.addEventListener('abort', stop, { once: true })
    worker.once('message', (problems: readonly string[]) => resolve(problems))
    // What it throws is what SQLite says of the file.
    worker.once('error', error => resolve([String(error)]))
    worker.once('exit', () => {
      signal.removeEventListener('abort', stop)
      reject(new Error('the check of the database ended without an answer'))
    })
  })
}
