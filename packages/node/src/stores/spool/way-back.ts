/** Packets that were set aside, and how they go back where they came from. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import { spoolLimits } from './limits.ts'
import type { GoneBack, OutboundKind } from './spool.ts'
import { kept } from './words.ts'

export type WayBack =
  | { readonly room: 'inbox'; readonly sender: NodeId; readonly handedBy: NodeId; readonly niceness: number }
  /** Damaged: what is left lies beside the spool. */
  | { readonly room: 'damaged' }
  | {
      readonly room: 'outbox'
      readonly nextHop: NodeId
      readonly destination: NodeId
      readonly niceness: number
      readonly kind: OutboundKind
      readonly messageId: string | null
    }

interface Kept {
  readonly id: PacketId
  readonly reason: string
  readonly source: string
  readonly sizeBytes: number
  readonly at: number
  readonly wayBack: WayBack
}

/** Inside a commit: a packet that is set aside with its bytes. */
export function insertKept(database: Database, packet: Kept): void {
  const { id, source, sizeBytes, at } = packet
  database.run(
    `INSERT INTO quarantine (name, reason, source, size_bytes, at, body, way_back)
       VALUES (?1, ?2, ?3, ?4, ?5, ?1, ?6)`,
    id,
    kept(packet.reason, spoolLimits.reasonLettersMax),
    source,
    sizeBytes,
    at,
    JSON.stringify(packet.wayBack),
  )
}

interface Row {
  readonly id: PacketId | null
  readonly source: string
  readonly sizeBytes: number
  readonly wayBack: string | null
}

/** Inside a commit: out of the quarantine. The caller then reaps the body, after the commit. */
export function goBack(
  database: Database,
  bodies: Bodies,
  number: number,
  at: number,
): GoneBack | 'not-kept' | undefined {
  const sql = 'SELECT body AS id, source, size_bytes AS sizeBytes, way_back AS wayBack FROM quarantine WHERE number = ?'
  const row = database.get<Row>(sql, number)
  if (row === undefined) return undefined
  const { id, source, sizeBytes, wayBack: text } = row
  if (id === null || text === null) return 'not-kept'
  const wayBack = JSON.parse(text) as WayBack
  if (wayBack.room === 'damaged') return 'not-kept'
  database.run('DELETE FROM quarantine WHERE number = ?', number)
  if (wayBack.room === 'inbox') {
    const { sender, handedBy, niceness } = wayBack
    database.run('DELETE FROM seen WHERE id = ?', id)
    database.run(
      `INSERT OR IGNORE INTO inbox (id, sender, handed_by, niceness, source, size_bytes, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[id, sender, handedBy, niceness, source, sizeBytes, at],
    )
  } else {
    const { nextHop, destination, niceness, kind, messageId } = wayBack
    database.run(
      `INSERT OR IGNORE INTO outbox (id, next_hop, destination, niceness, kind, message_id, size_bytes, committed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, nextHop, destination, niceness, kind, messageId, sizeBytes, at],
    )
  }
  bodies.release(id)
  return { room: wayBack.room, id }
}
