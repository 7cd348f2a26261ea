import type { PacketId } from '@posthorn/nncp'
import type { Log } from '../../base/log.ts'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import { spoolLimits } from './limits.ts'
import type { Quarantine, QuarantineEntry } from './spool.ts'
import { goBack } from './way-back.ts'
import { kept } from './words.ts'

type Row = Omit<QuarantineEntry, 'kept'> & { readonly kept: number }

export function sqlQuarantine(database: Database, bodies: Bodies, log: Log): Quarantine {
  return {
    async note({ name, reason, source, sizeBytes, at }) {
      const noted = await database.commit(() => {
        if (countOf(database, 'notes') >= spoolLimits.noteCountMax) return false
        database.run(
          'INSERT OR IGNORE INTO quarantine (name, reason, source, size_bytes, at) VALUES (?, ?, ?, ?, ?)',
          kept(name, spoolLimits.nameLettersMax),
          kept(reason, spoolLimits.reasonLettersMax),
          kept(source, spoolLimits.sourceLettersMax),
          sizeBytes,
          at,
        )
        return true
      })
      if (!noted) log.warn('there are too many notes about bad files; this one is not kept', { source, reason })
    },

    async list(limit) {
      const sql = `SELECT number, name, reason, source, size_bytes AS sizeBytes, at, body IS NOT NULL AS kept
        FROM quarantine ORDER BY number DESC LIMIT ?`
      return database.all<Row>(sql, limit).map(row => ({ ...row, kept: row.kept === 1 }))
    },

    async count() {
      return countOf(database, 'quarantine')
    },

    async open(number) {
      const id = bodyOf(database, number)
      return id === undefined ? undefined : bodies.open(id)
    },

    async remove(number) {
      const { removed, id, damaged } = await database.commit(() => {
        const id = bodyOf(database, number)
        const damaged = damagedOf(database, number)
        const removed = database.run('DELETE FROM quarantine WHERE number = ?', number) > 0
        if (damaged !== undefined) database.run('DELETE FROM asked_again WHERE id = ?', damaged)
        if (id !== undefined) bodies.release(id)
        return { removed, id, damaged }
      })
      if (id !== undefined) await bodies.reap([id])
      if (damaged !== undefined) await bodies.removeAside(damaged)
      return removed
    },

    async retry(number, at) {
      const gone = await database.commit(() => goBack(database, bodies, number, at))
      if (typeof gone === 'object') await bodies.reap([gone.id])
      return gone
    },
  }
}

function countOf(database: Database, room: 'notes' | 'quarantine'): number {
  return database.get<{ packets: number }>('SELECT packets FROM spool_counts WHERE room = ?', room)?.packets ?? 0
}

function bodyOf(database: Database, number: number): PacketId | undefined {
  return (
    database.get<{ body: PacketId | null }>('SELECT body FROM quarantine WHERE number = ?', number)?.body ?? undefined
  )
}

/** The packet whose damaged bytes were kept beside the spool for this note. */
function damagedOf(database: Database, number: number): PacketId | undefined {
  const sql = "SELECT name FROM quarantine WHERE number = ? AND way_back ->> 'room' = 'damaged'"
  return database.get<{ name: PacketId }>(sql, number)?.name
}
