import type { NodeId, PacketId } from '@posthorn/nncp'
import { Listeners } from '../../base/listeners.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import type { CustodyParts } from './custody.ts'
import { heardMessage, insertHeard } from './heard.ts'
import type { OwedReceipt } from './keeping.ts'
import { spoolLimits } from './limits.ts'
import { insertOutbound } from './outbox.ts'
import type { PacketCame } from './passages.ts'
import { type OwedHint, owe } from './receipts.ts'
import type { HeardMessage, InboundPacket, Inbox, NewInbound, NewOutbound, Partials, SeenPacket } from './spool.ts'
import { insertKept } from './way-back.ts'
import { kept } from './words.ts'

/** Of a row that `inboundOf` reads. */
export const inboundColumns = `id, sender, coalesce(handed_by, sender) AS handedBy, niceness, size_bytes AS sizeBytes,
  received_at AS receivedAt, attempts, told, lane, source`

export type InboundRow = Omit<InboundPacket, 'told'> & { readonly told: number }

export function inboundOf(row: InboundRow): InboundPacket {
  return { ...row, told: row.told === 1 }
}

/** As those hear it who listen. */
function cameOf({ staged, sender, handedBy = sender, at }: NewInbound): PacketCame {
  return { handedBy, sizeBytes: staged.sizeBytes, at }
}

export interface InboxParts extends CustodyParts {
  readonly owed: OwedHint
  readonly partials: Pick<Partials, 'forget'>
}

/** Exported for the test that reads their query plans. */
export const dueSql = `
  SELECT ${inboundColumns} FROM inbox
  WHERE due_at IS NULL AND lane = ?
  ORDER BY niceness, sequence LIMIT ?`
/** One lane a call: a DISTINCT would look at every packet of a long queue. */
export const nextLaneSql = 'SELECT lane FROM inbox WHERE due_at IS NULL AND lane > ? ORDER BY lane LIMIT 1'
export const nextDueSql = 'SELECT due_at AS dueAt FROM inbox WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1'
export const lastDueSql = 'SELECT due_at AS dueAt FROM inbox WHERE due_at IS NOT NULL ORDER BY due_at DESC LIMIT 1'
export const promotePastSql = `
  UPDATE inbox SET due_at = NULL
  WHERE sequence IN (SELECT sequence FROM inbox WHERE due_at <= ? ORDER BY due_at LIMIT ?)`
export const promoteFutureSql = `
  UPDATE inbox SET due_at = NULL
  WHERE sequence IN (SELECT sequence FROM inbox WHERE due_at > ? ORDER BY due_at DESC LIMIT ?)`

export function sqlInbox(parts: InboxParts): Inbox {
  const { database, bodies } = parts
  const listeners = new Listeners<PacketCame>()
  return {
    onCame: listener => listeners.add(listener),
    async commit(packet) {
      const outcome = await commit(database, bodies, packet)
      await parts.partials.forget(packet.staged.id)
      if (outcome === 'new') listeners.tell(cameOf(packet))
      return outcome
    },

    async due(now, limit, lane = '') {
      await promote(database, now)
      return database.all<InboundRow>(dueSql, lane, limit).map(inboundOf)
    },

    async lanes(now) {
      await promote(database, now)
      const lanes: string[] = []
      const next = () => database.get<{ lane: string }>(nextLaneSql, lanes.at(-1) ?? '')?.lane
      for (let lane = next(); lane !== undefined; lane = next()) lanes.push(lane)
      return lanes
    },

    assign: (id, lane, part) =>
      change(parts, part ?? {}, () => database.run('UPDATE inbox SET lane = ?2 WHERE id = ?1', id, lane)),

    async nextDueAt() {
      return database.get<{ dueAt: number }>(nextDueSql)?.dueAt ?? null
    },

    async open(id) {
      return database.get('SELECT 1 FROM inbox WHERE id = ?', id) === undefined ? undefined : bodies.open(id)
    },

    finish: (id, { at, outbound, heard, receipt }) =>
      leave(parts, { id, outbound, heard, receipt, at }, ({ sender }) =>
        remember(database, { id, sender, at, outcome: 'taken' }),
      ),

    retryLater(id, { dueAt, reason, ...part }) {
      const sql = 'UPDATE inbox SET due_at = ?2, attempts = attempts + 1, reason = ?3 WHERE id = ?1'
      const words = kept(reason, spoolLimits.reasonLettersMax)
      return change(parts, part, () => database.run(sql, id, Math.floor(dueAt), words))
    },

    quarantine: (id, { reason, outcome, at, outbound, heard, receipt }) =>
      leave(parts, { id, outbound, heard, receipt, at }, ({ sender, handedBy, niceness, source, sizeBytes }) => {
        remember(database, { id, sender, at, outcome })
        const wayBack = { room: 'inbox', sender, handedBy, niceness } as const
        insertKept(database, { id, reason, source, sizeBytes, at, wayBack })
      }),

    async heard(id) {
      return heardMessage(database, id)
    },

    async seen(id) {
      return seen(database, id)
    },

    ...looking(parts),

    async summary() {
      const sql = `SELECT packets, size_bytes AS bytes FROM spool_counts WHERE room = 'inbox'`
      return database.get<{ packets: number; bytes: number }>(sql) ?? { packets: 0, bytes: 0 }
    },
  }
}

type Looking = Pick<Inbox, 'page' | 'get' | 'remove' | 'forgetSeen'>

/** For people, who look at single packets. */
function looking(parts: InboxParts): Looking {
  const { database } = parts
  return {
    remove: (id, at) =>
      leave(parts, { id, outbound: [], heard: undefined, receipt: undefined, at }, ({ sender }) =>
        remember(database, { id, sender, at, outcome: 'refused' }),
      ),

    async page(handedBy, { after, limit }) {
      const sql = `SELECT ${inboundColumns}, sequence AS cursor FROM inbox
        WHERE coalesce(handed_by, sender) = ? AND sequence > ? ORDER BY sequence LIMIT ?`
      type Row = InboundRow & { readonly cursor: number }
      return database.all<Row>(sql, handedBy, after, limit).map(row => ({ ...inboundOf(row), cursor: row.cursor }))
    },

    async get(id) {
      const row = database.get<InboundRow>(`SELECT ${inboundColumns} FROM inbox WHERE id = ?`, id)
      return row === undefined ? undefined : inboundOf(row)
    },

    async forgetSeen({ sender, until, dryRun }) {
      const which = 'FROM seen WHERE at <= ?1 AND (?2 IS NULL OR sender = ?2)'
      const count = database.get<{ count: number }>(`SELECT count(*) AS count ${which}`, until, sender)?.count ?? 0
      if (!dryRun) await database.commit(() => database.run(`DELETE ${which}`, until, sender))
      return count
    },
  }
}

export function seen(database: Database, id: PacketId): SeenPacket | undefined {
  return (
    database.get<SeenPacket>('SELECT sender, at, outcome FROM seen WHERE id = ?', id) ??
    database.get<SeenPacket>(`SELECT sender, received_at AS at, 'waiting' AS outcome FROM inbox WHERE id = ?`, id)
  )
}

async function commit(database: Database, bodies: Bodies, packet: NewInbound): Promise<'new' | 'duplicate'> {
  const { staged } = packet
  // Looked at before, to spare the work, and again in the commit, for a twin that came by another road meanwhile.
  const outcome =
    seen(database, staged.id) === undefined
      ? await bodies.commitWith([staged], () => insertNew(database, bodies, packet))
      : 'duplicate'
  if (outcome === 'duplicate') await staged.discard()
  return outcome
}

function insertNew(database: Database, bodies: Bodies, packet: NewInbound): 'new' | 'duplicate' {
  const { staged } = packet
  if (seen(database, staged.id) !== undefined) return 'duplicate'
  bodies.keep(staged)
  database.run('DELETE FROM asked_again WHERE id = ?', staged.id)
  database.run(
    `INSERT INTO inbox (id, sender, handed_by, niceness, source, size_bytes, received_at, told)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    staged.id,
    packet.sender,
    packet.handedBy ?? null,
    packet.niceness,
    kept(packet.source, spoolLimits.sourceLettersMax),
    staged.sizeBytes,
    packet.at,
    packet.told === true ? 1 : 0,
  )
  return 'new'
}

/** Waiting packets whose time has come, or is so far ahead that the clock must have been wrong, become ready. */
async function promote(database: Database, now: number): Promise<void> {
  const next = database.get<{ dueAt: number }>(nextDueSql)
  const last = database.get<{ dueAt: number }>(lastDueSql)
  if (next === undefined || last === undefined) return
  const horizon = now + spoolLimits.retryDelayMsMax
  if (next.dueAt > now && last.dueAt <= horizon) return
  await database.commit(() => {
    database.run(promotePastSql, now, spoolLimits.promotedAtOnceMax)
    database.run(promoteFutureSql, horizon, spoolLimits.promotedAtOnceMax)
  })
}

/** One transaction: the packet stays, and what was done of it is noted. Nothing when it is not there. */
async function change(
  parts: InboxParts,
  { outbound = [], heard }: { outbound?: readonly NewOutbound[]; heard?: HeardMessage | undefined },
  update: () => number,
): Promise<void> {
  await parts.bodies.commitWith(
    outbound.map(packet => packet.staged),
    () => {
      if (update() === 0) return
      insertOutbound(parts, outbound)
      insertHeard(parts.database, heard)
    },
  )
}

interface LeavingRow {
  readonly sender: NodeId
  readonly handedBy: NodeId
  readonly niceness: number
  readonly source: string
  readonly sizeBytes: number
}

/** One transaction: the packet goes from the inbox, what answers it enters the outbox. Nothing when it is not there. */
async function leave(
  parts: InboxParts,
  leaving: {
    id: PacketId
    at: number
    outbound: readonly NewOutbound[]
    heard: HeardMessage | undefined
    receipt: OwedReceipt | undefined
  },
  note: (row: LeavingRow) => void,
): Promise<void> {
  const { id, outbound, heard, receipt, at } = leaving
  const { database, bodies } = parts
  const freed = await bodies.commitWith(
    outbound.map(packet => packet.staged),
    () => {
      const sql = `SELECT sender, coalesce(handed_by, sender) AS handedBy, niceness, source, size_bytes AS sizeBytes
        FROM inbox WHERE id = ?`
      const row = database.get<LeavingRow>(sql, id)
      if (row === undefined) return []
      database.run('DELETE FROM inbox WHERE id = ?', id)
      note(row)
      insertOutbound(parts, outbound)
      insertHeard(database, heard)
      if (receipt !== undefined) owe(database, { id, sender: row.sender, at }, receipt)
      return bodies.release(id)
    },
  )
  await bodies.reap(freed)
  if (receipt !== undefined) parts.owed.tell()
}

function remember(
  database: Database,
  packet: { id: PacketId; sender: NodeId; at: number; outcome: 'taken' | 'refused' },
): void {
  const sql = 'INSERT OR REPLACE INTO seen (id, sender, outcome, at, day) VALUES (?, ?, ?, ?, ?)'
  database.run(sql, packet.id, packet.sender, packet.outcome, packet.at, today(database))
}
