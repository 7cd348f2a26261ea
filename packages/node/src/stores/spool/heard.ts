/** Messages of areas that came or went. */
import type { PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { HeardMessage } from './spool.ts'

interface Row {
  readonly passedOn: number
  readonly actedOn: number
  readonly heldBy: PacketId | null
}

export function heardMessage(database: Database, id: HeardMessage['id']): HeardMessage | undefined {
  const sql = 'SELECT passed_on AS passedOn, acted_on AS actedOn, held_by AS heldBy FROM heard WHERE id = ?'
  const row = database.get<Row>(sql, id)
  return row && { id, passedOn: row.passedOn === 1, actedOn: row.actedOn === 1, heldBy: row.heldBy }
}

/** Inside a commit. */
export function insertHeard(database: Database, heard: HeardMessage | undefined): void {
  if (heard === undefined) return
  const sql = 'INSERT OR REPLACE INTO heard (id, passed_on, acted_on, held_by, day) VALUES (?, ?, ?, ?, ?)'
  database.run(sql, heard.id, heard.passedOn ? 1 : 0, heard.actedOn ? 1 : 0, heard.heldBy, today(database))
}
