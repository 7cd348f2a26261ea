/** Packets that were damaged here, and that other nodes are asked for. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { AskedAgain, AskedPacket, LostPacket } from './upkeep.ts'

type Row = Omit<AskedPacket, 'asked' | 'gone'> & { readonly asked: number; readonly goneAt: string }

const columns = `id, sender, handed_by AS handedBy, size_bytes AS sizeBytes, at, asked_day IS NOT NULL AS asked,
  gone_at AS goneAt`

export function sqlAsked(database: Database): AskedAgain {
  return {
    async due(limit) {
      // Nothing stands before all days.
      const sql = `SELECT ${columns} FROM asked_again WHERE asked_day IS NULL OR asked_day < ?
        ORDER BY asked_day, id LIMIT ?`
      return database.all<Row>(sql, today(database), limit).map(packetOf)
    },
    async list(limit) {
      return database.all<Row>(`SELECT ${columns} FROM asked_again ORDER BY at, id LIMIT ?`, limit).map(packetOf)
    },
    markAsked: ids =>
      database.commit(() => {
        const sql = 'UPDATE asked_again SET asked_day = ?2 WHERE id = ?1'
        for (const id of ids) database.run(sql, id, today(database))
      }),
    noteGone: (ids, node) => database.commit(() => ids.filter(id => noteGone(database, id, node))),
  }
}

function noteGone(database: Database, id: PacketId, node: NodeId): boolean {
  const sql = `UPDATE asked_again SET gone_at = trim(gone_at || ' ' || ?2)
    WHERE id = ?1 AND (sender = ?2 OR handed_by = ?2) AND instr(gone_at, ?2) = 0`
  return database.run(sql, id, node) > 0
}

/** Inside a commit. */
export function insertLost(database: Database, { id, sender, handedBy, sizeBytes, at }: LostPacket): void {
  const sql = 'INSERT OR REPLACE INTO asked_again (id, sender, handed_by, size_bytes, at) VALUES (?, ?, ?, ?, ?)'
  database.run(sql, id, sender, handedBy, sizeBytes, at)
}

function packetOf({ asked, goneAt, ...packet }: Row): AskedPacket {
  return { ...packet, asked: asked === 1, gone: goneAt === '' ? [] : (goneAt.split(' ') as NodeId[]) }
}
