/** A database as it is at one moment, as a file of its own, while others go on writing it. */
import { closeSync, openSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { abortError } from '../../base/clock.ts'
import { diskError } from '../files/disk-error.ts'
import { databaseError } from './failure.ts'
import { copySqlite } from './sqlite.ts'

export interface SnapshotOptions {
  readonly signal: AbortSignal
  /** From 0 to 1. */
  readonly onShare?: (share: number) => void
}

/**
 * Copies any SQLite file, ours or another program's. The copy is new, private and durable when it resolves (its name
 * when its folder was synced); there is none when it rejects.
 */
export async function copyDatabase(from: string, to: string, { signal, onShare }: SnapshotOptions): Promise<void> {
  const failed = (error: unknown) => databaseError(diskError(error, 'copying the database', to))
  try {
    closeSync(openSync(to, 'wx', 0o600))
  } catch (error) {
    throw failed(error)
  }
  try {
    let stopped: Error | undefined
    await copySqlite(from, to, share => {
      if (signal.aborted) stopped = abortError(signal)
      if (stopped !== undefined) throw stopped
      onShare?.(share)
    }).catch((error: unknown) => {
      throw stopped ?? error
    })
    if (signal.aborted) throw abortError(signal)
    const file = await open(to, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    for (const left of [to, `${to}-journal`, `${to}-wal`, `${to}-shm`]) await rm(left, { force: true })
    throw failed(error)
  }
}
