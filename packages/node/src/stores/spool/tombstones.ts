import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import { spoolLimits } from './limits.ts'
import type { DropReason, RelayedOn, Tombstone, Tombstones } from './tombstone.ts'
import { goBack } from './way-back.ts'

type Row = Omit<Tombstone, 'wasHere'> & { readonly wasHere: number }

export function sqlTombstones(database: Database, bodies: Bodies): Tombstones {
  return {
    put: ({ letter, sender, reason, recipients }) =>
      database.commit(() => put(database, { letter, sender, reason }, recipients)),

    async get(letter, sender) {
      const sql = `SELECT recipient, reason, was_here AS wasHere, outcome FROM tombstones
        WHERE letter = ? AND sender = ? ORDER BY recipient`
      return database.all<Row>(sql, letter, sender).map(row => ({ ...row, wasHere: row.wasHere === 1 }))
    },

    conclude: ({ letter, sender, recipients }, outcome) =>
      database.commit(() => {
        const sql = `UPDATE tombstones SET outcome = ?4
          WHERE letter = ?1 AND sender = ?2 AND recipient = ?3 AND outcome IS NULL`
        for (const recipient of recipients) database.run(sql, letter, sender, recipient, outcome)
      }),

    async dropRelayed(letter, sender, at) {
      const { outcome, freed } = await database.commit(() => dropRelayed(database, bodies, { letter, sender, at }))
      await bodies.reap(freed)
      return outcome
    },

    async exhume(letter, sender, at) {
      const gone = await database.commit(() => {
        const sql = `SELECT number FROM quarantine WHERE body = ?1 AND EXISTS
          (SELECT 1 FROM seen WHERE id = ?1 AND sender = ?2 AND outcome = 'taken')`
        const row = database.get<{ number: number }>(sql, letter, sender)
        return row && goBack(database, bodies, row.number, at)
      })
      if (typeof gone !== 'object') return false
      await bodies.reap([gone.id])
      return true
    },
  }
}

/** Inside a commit. */
function put(
  database: Database,
  { letter, sender, reason }: { letter: PacketId; sender: NodeId; reason: DropReason },
  recipients: readonly string[],
): 'kept' | 'full' {
  const known = 'SELECT 1 FROM tombstones WHERE letter = ? AND sender = ? AND recipient = ?'
  const fresh = recipients.filter(recipient => database.get(known, letter, sender, recipient) === undefined)
  const count =
    database.get<{ count: number }>('SELECT count FROM tombstone_counts WHERE sender = ?', sender)?.count ?? 0
  if (fresh.length > 0 && count + fresh.length > spoolLimits.tombstonesPerSenderMax) return 'full'
  const had = `SELECT 1 FROM inbox WHERE id = ?1 AND sender = ?2
    UNION ALL SELECT 1 FROM seen WHERE id = ?1 AND sender = ?2`
  const wasHere = database.get(had, letter, sender) !== undefined
  const sql = `INSERT OR IGNORE INTO tombstones (letter, sender, recipient, reason, was_here, day)
    VALUES (?, ?, ?, ?, ?, ?)`
  for (const recipient of fresh) {
    database.run(sql, letter, sender, recipient, reason, wasHere ? 1 : 0, today(database))
  }
  return 'kept'
}

/** Inside a commit. */
function dropRelayed(
  database: Database,
  bodies: Bodies,
  { letter, sender, at }: { letter: PacketId; sender: NodeId; at: number },
): { outcome: 'dropped' | RelayedOn | 'unknown'; freed: PacketId[] } {
  const sql = `SELECT next_hop AS nextHop, coalesce(packet, id) AS packet FROM relayed WHERE id = ? AND sender = ?`
  const relayed = database.get<{ nextHop: NodeId; packet: PacketId }>(sql, letter, sender)
  if (relayed === undefined) return { outcome: 'unknown', freed: [] }
  const { nextHop, packet } = relayed
  const gone = database.run(`DELETE FROM outbox WHERE id = ? AND kind = 'relayed'`, packet) === 0
  if (gone) return { outcome: { nextHop, wrapped: packet !== letter }, freed: [] }
  database.run('INSERT OR REPLACE INTO acknowledged (id, at, day) VALUES (?, ?, ?)', packet, at, today(database))
  return { outcome: 'dropped', freed: bodies.release(packet) }
}
