/** Bodies that the disk has damaged or lost: found, and let go of in good order. */
import type { PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { letterInside, noteStation } from '../journeys/note.ts'
import { insertLost } from './asked.ts'
import type { Bodies } from './bodies.ts'
import { spoolLimits } from './limits.ts'
import type { Scrub, StoredBody } from './upkeep.ts'
import { kept } from './words.ts'

export const countsSql = `
  SELECT 'outbox' AS room, next_hop AS neighbour, niceness, count(*) AS packets, sum(size_bytes) AS bytes,
    min(committed_at) AS oldestAt FROM outbox GROUP BY next_hop, niceness
  UNION ALL
  SELECT 'inbox', coalesce(handed_by, sender), niceness, count(*), sum(size_bytes), min(received_at)
    FROM inbox GROUP BY coalesce(handed_by, sender), niceness
  ORDER BY neighbour, room, niceness`

export function sqlScrub(database: Database, bodies: Bodies): Scrub {
  return {
    async round() {
      const sql = 'SELECT after_id AS after, day FROM scrub_round'
      const row = database.get<{ after: PacketId | null; day: number }>(sql)
      return row === undefined ? undefined : { after: row.after, days: today(database) - row.day }
    },

    async beginRound() {
      // Before all ids: a round that was begun and has read nothing.
      const sql = `INSERT OR REPLACE INTO scrub_round VALUES (1, '', ?)`
      await database.commit(() => database.run(sql, today(database)))
    },

    async noteRound(after) {
      await database.commit(() => database.run('UPDATE scrub_round SET after_id = ?', after))
    },

    async total() {
      const sql = 'SELECT count(*) AS packets, coalesce(sum(size_bytes), 0) AS bytes FROM bodies'
      return database.get<{ packets: number; bytes: number }>(sql) ?? { packets: 0, bytes: 0 }
    },

    async page(after, limit) {
      const sql = 'SELECT id, size_bytes AS sizeBytes FROM bodies WHERE id > ? ORDER BY id LIMIT ?'
      return database.all<StoredBody>(sql, after ?? '', limit)
    },

    verify: (id, options) => bodies.verify(id, options),

    async setAside(id, { reason, at, lost }) {
      // The bytes first: were they to stay, sound ones that come later would be taken for there already.
      await bodies.moveAside(id)
      return database.commit(() => {
        const wasThere = setAside(database, id, reason, at)
        if (wasThere && lost !== undefined) insertLost(database, lost)
        return wasThere
      })
    },
  }
}

interface Row {
  readonly sizeBytes: number
  readonly source: string
}

const keptLetterSql = `SELECT id FROM custody
  WHERE id = ?1 OR id = (SELECT custody FROM outbox WHERE id = ?1) ORDER BY id = ?1 DESC LIMIT 1`

/** Inside a commit. */
function setAside(database: Database, id: PacketId, reason: string, at: number): boolean {
  const row = database.get<Row>(
    `SELECT size_bytes AS sizeBytes, coalesce(
         (SELECT source FROM inbox WHERE id = ?1), (SELECT 'outbox' FROM outbox WHERE id = ?1),
         (SELECT 'outbox' FROM custody WHERE id = ?1),
         (SELECT source FROM quarantine WHERE body = ?1), '') AS source
       FROM bodies WHERE id = ?1`,
    id,
  )
  if (row === undefined) return false
  const { reason: before } =
    database.get<{ reason: string }>('SELECT reason FROM quarantine WHERE body = ? LIMIT 1', id) ?? {}
  const inside = letterInside(database, id)
  // A letter in custody may still go, or have gone, by other packets of its own; and those are made of its sound body.
  const letter = database.get<{ id: string }>(keptLetterSql, id)?.id
  for (const table of ['outbox', 'inbox', 'seen', 'relayed', 'bodies']) {
    database.run(`DELETE FROM ${table} WHERE id = ?`, id)
  }
  database.run('UPDATE custody SET has_body = 0 WHERE id = ?', id)
  if (letter !== undefined) {
    database.run('UPDATE custody SET due = 0 WHERE id = ?', letter)
    database.run(
      `DELETE FROM custody WHERE id = ? AND has_body = 0 AND handed_over_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.custody = custody.id)`,
      letter,
    )
  }
  const goesOn = letter !== undefined && database.get('SELECT 1 FROM custody WHERE id = ?', letter) !== undefined
  if (inside !== undefined && !goesOn) {
    noteStation(database, { letter: inside }, { kind: 'failed', at, where: null, reason })
  }
  // A message of an area that only this packet held is to be heard again.
  database.run('DELETE FROM heard WHERE held_by = ?', id)
  // An older note of the same is replaced; by two statements, since REPLACE would not be counted.
  const sameNote = 'name = ?1 AND source = ?2 AND size_bytes = ?3 AND body IS NULL'
  database.run(`DELETE FROM quarantine WHERE body = ?1 OR (${sameNote})`, id, row.source, row.sizeBytes)
  const words = before === undefined ? reason : `${reason}; before that: ${before}`
  database.run(
    `INSERT INTO quarantine (name, reason, source, size_bytes, at, way_back)
       VALUES (?, ?, ?, ?, ?, '{"room":"damaged"}')`,
    ...[id, kept(words, spoolLimits.reasonLettersMax), row.source, row.sizeBytes, at],
  )
  return true
}
