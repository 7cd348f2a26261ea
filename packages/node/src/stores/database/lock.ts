/**
 * A lock between processes that dies with its holder, whatever kills it: the exclusive lock of an empty SQLite file.
 * (Node has no `flock`, and a file with a process id in it lies after a crash.)
 */
import { closeSync, openSync } from 'node:fs'
import { databaseError } from './failure.ts'
import { openSqlite, sqliteResultCode } from './sqlite.ts'

export interface FileLock {
  release(): void
}

const sqliteBusy = 5

/** Undefined when another process holds the lock. Throws, as the database does, when the file cannot be used at all. */
export function lockFile(path: string): FileLock | undefined {
  closeSync(openSync(path, 'a', 0o600))
  const file = openSqlite(path, { busyTimeoutMs: 0 })
  try {
    file.exec('PRAGMA journal_mode = DELETE')
    file.exec('PRAGMA locking_mode = EXCLUSIVE')
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if (sqliteResultCode(error) === sqliteBusy) return undefined
    throw databaseError(error)
  }
  return { release: () => file.close() }
}
