/** Letters that wait in the outbox, and those that left it with a promise to tell their senders. */
import type { PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { letterInside, noteStation } from '../journeys/note.ts'
import type { Bodies } from './bodies.ts'
import { giveUpCustody } from './custody.ts'
import type { Envelope, Excerpt, LetterOnItsWay, Waiting, WaitingLetter } from './envelope.ts'

/**
 * Days and sequences grow together, so the index has them in the order of the cursor. Exported for the test that reads
 * its query plan.
 */
export const overdueSql = `
  SELECT sequence, id, message_id AS messageId, envelope, committed_at AS at, day, 0 AS handedOver,
      EXISTS (SELECT 1 FROM outbox_copies WHERE id = outbox.id) AS copied
    FROM outbox WHERE envelope IS NOT NULL AND custody IS NULL AND warned = ? AND day <= ? AND sequence > ?
    ORDER BY day, sequence LIMIT ?`
export const overdueInCustodySql = `
  SELECT sequence, id, message_id AS messageId, envelope, committed_at AS at, day,
      handed_over_at IS NOT NULL AS handedOver, EXISTS (
        SELECT 1 FROM outbox_copies WHERE id IN (SELECT id FROM outbox WHERE outbox.custody = custody.id)) AS copied
    FROM custody WHERE warned = ? AND day <= ? AND sequence > ? ORDER BY day, sequence LIMIT ?`

interface Row {
  readonly sequence: number
  readonly messageId: string | null
  readonly envelope: string
  readonly at: number
}

/** Whom to tell that a letter was handed over. */
export interface HandoverHint {
  tell: () => void
}

export function sqlWaiting(database: Database, bodies: Bodies, hint: HandoverHint): Waiting {
  return {
    onHandedOver(listener) {
      hint.tell = listener
    },

    async overdue({ warned, days, after, limit }) {
      const lastDay = today(database) - days
      type Waits = Row & { id: string; copied: number; handedOver: number; day: number }
      const rows = [overdueSql, overdueInCustodySql]
        .flatMap(sql => database.all<Waits>(sql, warned ? 1 : 0, lastDay, after, limit))
        .sort((one, other) => one.day - other.day || one.sequence - other.sequence)
        .slice(0, limit)
      return rows.map((row): WaitingLetter => {
        return { ...letterOf(row), id: row.id, copied: row.copied === 1, handedOver: row.handedOver === 1 }
      })
    },

    markWarned: (ids, at) =>
      database.commit(() => {
        for (const id of ids) {
          database.run('UPDATE outbox SET warned = 1 WHERE id = ?', id)
          database.run('UPDATE custody SET warned = 1 WHERE id = ?', id)
          const letter = letterOfWaiting(database, id as PacketId)
          if (letter !== undefined) noteStation(database, { letter }, { kind: 'delayed', at, where: null })
        }
      }),

    async abandon(ids, end) {
      const freed = await database.commit(() =>
        ids.flatMap(id => {
          const letter = letterOfWaiting(database, id as PacketId)
          if (letter !== undefined) noteStation(database, { letter }, { ...end, where: null })
          database.run('DELETE FROM outbox WHERE id = ?', id)
          return giveUpCustody(database, bodies, id as PacketId, true)
        }),
      )
      await bodies.reap(freed)
    },

    async excerpt(id) {
      const sql = `SELECT whole, bytes FROM outbox_excerpts WHERE sequence = coalesce(
        (SELECT sequence FROM custody WHERE id = ?1), (SELECT sequence FROM outbox WHERE id = ?1))`
      const row = database.get<{ whole: number; bytes: Uint8Array }>(sql, id)
      return row === undefined ? undefined : { whole: row.whole === 1, bytes: row.bytes }
    },

    async handedOver({ after, limit }) {
      const sql = `SELECT sequence, message_id AS messageId, envelope, committed_at AS at FROM handed_over
        WHERE sequence > ? ORDER BY sequence LIMIT ?`
      return database.all<Row>(sql, after, limit).map(letterOf)
    },

    forgetHandedOver: sequences =>
      database.commit(() => {
        for (const sequence of sequences) database.run('DELETE FROM handed_over WHERE sequence = ?', sequence)
      }),
  }
}

/** Inside a commit: of one that waits in the outbox, or in custody with or without a packet there. */
function letterOfWaiting(database: Database, id: PacketId): PacketId | undefined {
  const kept = database.get('SELECT 1 FROM custody WHERE id = ?', id) !== undefined
  return kept ? id : letterInside(database, id)
}

function letterOf({ sequence, messageId, envelope, at }: Row): LetterOnItsWay {
  return { sequence, messageId, envelope: JSON.parse(envelope) as Envelope, at }
}

/** Inside a commit, before the packet leaves for the node that has it now. Whether somebody wants to hear of that. */
export function keepHandedOver(database: Database, id: PacketId): boolean {
  const sql = `INSERT OR IGNORE INTO handed_over SELECT sequence, message_id, envelope, committed_at
    FROM outbox WHERE id = ? AND tells_success = 1 AND envelope IS NOT NULL AND custody IS NULL`
  return database.run(sql, id) > 0
}

/** Inside a commit: was a report of this name committed before? Now it was. */
export function wasReported(database: Database, name: string): boolean {
  const sql = 'INSERT OR IGNORE INTO reported (id, day) VALUES (?, ?)'
  return database.run(sql, name, today(database)) === 0
}

/** Inside a commit: of a packet that was just added. */
export function insertExcerpt(database: Database, id: PacketId, { whole, bytes }: Excerpt): void {
  const sql = 'INSERT INTO outbox_excerpts SELECT sequence, ?, ? FROM outbox WHERE id = ?'
  database.run(sql, whole ? 1 : 0, bytes, id)
}
