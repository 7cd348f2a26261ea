import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { CustodyParts } from './custody.ts'
import { type InboundRow, inboundColumns, inboundOf } from './inbox.ts'
import { insertOutbound } from './outbox.ts'
import type { Moving, SeenId } from './upkeep.ts'

export function sqlMoving(parts: CustodyParts): Moving {
  const { database, bodies } = parts
  return {
    async takeOver(packet) {
      const { staged } = packet
      const outcome = await bodies.commitWith([staged], () => {
        if (isTakenOver(database, staged.id)) return 'duplicate'
        insertOutbound(parts, [packet])
        database.run('INSERT INTO taken_over (id, day) VALUES (?, ?)', staged.id, today(database))
        return 'new'
      })
      if (outcome === 'duplicate') await staged.discard()
      return outcome
    },

    async isTakenOver(id) {
      return isTakenOver(database, id)
    },

    remember: (packets, at) =>
      database.commit(() => {
        const sql = `INSERT INTO seen (id, sender, outcome, at, day) SELECT ?1, ?2, 'taken', ?3, ?4
          WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE id = ?1) ON CONFLICT DO NOTHING`
        const day = today(database)
        return packets.reduce((sum, { id, sender }) => sum + database.run(sql, id, sender, at, day), 0)
      }),

    async inbox(after, limit) {
      const sql = `SELECT ${inboundColumns} FROM inbox WHERE id > ? ORDER BY id LIMIT ?`
      return database.all<InboundRow>(sql, after ?? '', limit).map(inboundOf)
    },

    async seen(after, limit) {
      const sql = `SELECT id, sender FROM seen WHERE id > ? AND outcome = 'taken' ORDER BY id LIMIT ?`
      return database.all<SeenId>(sql, after ?? '', limit)
    },
  }
}

function isTakenOver(database: Database, id: string): boolean {
  return ['taken_over', 'outbox', 'acknowledged'].some(
    table => database.get(`SELECT 1 FROM ${table} WHERE id = ?`, id) !== undefined,
  )
}
