/**
 * Whether this database was brought back from a backup: then it has forgotten what it did since that was made, and
 * others have not. Whatever numbers things for others (series of letters, UIDs) begins anew with each generation.
 */
import type { Database } from './database.ts'

export interface Restore {
  readonly number: number
  /** Milliseconds since 1970, by the clocks of the machines that did it. */
  readonly restoredAt: number
  readonly madeAt: number
}

/**
 * Goes on by one each time this database was restored, or made anew from what could be read of it. A number that was
 * given out under another generation is not gone on with.
 */
export function generation(database: Database): number {
  const sql = `SELECT (SELECT coalesce(max(number), 0) FROM restores) +
    (SELECT coalesce(max(number), 0) FROM repairs) AS generation`
  return database.get<{ generation: number }>(sql)?.generation ?? 0
}

export function lastRestore(database: Database): Restore | undefined {
  const sql = 'SELECT number, restored_at AS restoredAt, made_at AS madeAt FROM restores ORDER BY number DESC LIMIT 1'
  return database.get<Restore>(sql)
}

/**
 * Inside a commit. Who has signed out since the backup is not signed in again: everybody does that anew. So it is with
 * tokens of scripts and invites to live here, for whoever restores is there to make new ones; app passwords stay, else
 * people's mail would stop.
 */
export function noteRestore(database: Database, { restoredAt, madeAt }: Omit<Restore, 'number'>): void {
  database.run('DELETE FROM web_sessions')
  database.run('DELETE FROM api_tokens')
  database.run('DELETE FROM join_invites')
  database.run('INSERT INTO restores (restored_at, made_at) VALUES (?, ?)', Math.floor(restoredAt), Math.floor(madeAt))
}
