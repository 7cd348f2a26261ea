/** Looking after a database that is in use. */
import { rmSync, writeFileSync } from 'node:fs'
import { OperatingError } from '../../base/errors.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { repairLimits } from './limits.ts'
import type { RepairReport } from './report.ts'
import { checkAndKeep, latestSnapshot } from './snapshots.ts'

export interface DatabaseCheck {
  /** What SQLite finds wrong, in its words; empty: nothing. */
  readonly problems: readonly string[]
  /** Whether it was kept as the last good copy: not where there is no room. */
  readonly kept: boolean
}

export interface Upkeep {
  /**
   * Reads all of the database, beside the work of the node, and keeps a copy of it when it is whole. When it is not, it
   * is examined once more, and repaired, when it is opened the next time.
   */
  check(now: number, signal: AbortSignal): Promise<DatabaseCheck>
  /** Whether so many days of the stores' calendar have begun since, or it was never done. */
  isDue(days: number): boolean
  /** When the last good copy was made; null: there is none. */
  snapshotAt(): Promise<number | null>
  /** The last repair, for a month of days on which the node ran. */
  lastRepair(): RepairReport | null
  /** Neighbours may have been lost in it: what waits for an unknown one waits on, until they are added again. */
  doubtsNeighbours(): boolean
}

interface UpkeepParts {
  readonly database: Database
  readonly path: string
  readonly folder: string
  readonly freeBytes: (path: string) => Promise<number>
  /** Told of damage that was found. */
  readonly found: (problem: string) => void
}

export function upkeep({ database, path, folder, freeBytes, found }: UpkeepParts): Upkeep {
  const lastRepair = () => {
    const sql = 'SELECT report FROM repairs WHERE day >= ? ORDER BY number DESC LIMIT 1'
    const row = database.get<{ report: string }>(sql, today(database) - repairLimits.repairToldDays)
    return row === undefined ? null : (JSON.parse(row.report) as RepairReport)
  }
  return {
    lastRepair,
    doubtsNeighbours: () => lastRepair()?.tables.some(({ table }) => table === 'neighbours') === true,
    async check(now, signal) {
      const checked = await checkAndKeep({ database, path, folder, freeBytes, now }, signal).catch((error: unknown) => {
        // So damaged that it cannot even be copied.
        if (error instanceof OperatingError && error.code === 'database-damaged') return damagedBy(error)
        throw error
      })
      const [problem] = checked.problems
      if (problem !== undefined) found(problem)
      else {
        forgetAlarm(path)
        await database.commit(() =>
          database.run('INSERT OR REPLACE INTO database_check VALUES (1, ?)', today(database)),
        )
      }
      return checked
    },
    isDue(days) {
      const { day } = database.get<{ day: number }>('SELECT day FROM database_check') ?? {}
      return day === undefined || today(database) - day >= days
    },
    async snapshotAt() {
      return (await latestSnapshot(folder))?.at ?? null
    },
  }
}

function damagedBy({ message }: OperatingError): DatabaseCheck {
  return { problems: [message], kept: false }
}

/** Beside the database while it is in use. With words in it, it is examined or repaired when it is opened next. */
export const markOf = (path: string) => `${path}.in-use`

/** At once: whoever calls this may be about to end. */
export function askForRepair(path: string, problem: string): void {
  writeFileSync(markOf(path), problem.slice(0, repairLimits.problemLettersMax), { mode: 0o600, flush: true })
}

/** Beside the database once it was taken for damaged and found whole. */
export const alarmOf = (path: string) => `${path}.alarm`

export function noteAlarm(path: string): void {
  writeFileSync(alarmOf(path), '', { mode: 0o600, flush: true })
}

export function forgetAlarm(path: string): void {
  rmSync(alarmOf(path), { force: true })
}
