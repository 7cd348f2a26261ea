import type { NodeId, PacketId } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { Listeners } from '../../base/listeners.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { letterInside, noteLetGo, noteSealed, noteStation } from '../journeys/note.ts'
import { type CustodyParts, handedOn, takeCustody } from './custody.ts'
import type { Departures } from './departures.ts'
import { type Envelope, wantsSuccess } from './envelope.ts'
import { insertHeard } from './heard.ts'
import { spoolLimits } from './limits.ts'
import type { PacketLeft } from './passages.ts'
import { insertPassed } from './passing.ts'
import type { Body, HeardMessage, NewOutbound, OutboundPacket, Outbox, QueueSummary } from './spool.ts'
import { sealedLetter } from './tracking.ts'
import { type HandoverHint, insertExcerpt, keepHandedOver, wasReported } from './waiting.ts'
import { insertKept } from './way-back.ts'
import { kept } from './words.ts'

type Row = Omit<OutboundPacket, 'cursor' | 'envelope'> & { readonly sequence: number; readonly envelope: string | null }

const columns = `id, next_hop AS nextHop, destination, niceness, kind, message_id AS messageId, envelope, custody,
  size_bytes AS sizeBytes, committed_at AS at, sequence`

/**
 * The rest of the cursor's niceness, then what is nicer: as one comparison of pairs SQLite would use half of the index.
 * Exported for the test that reads their query plans.
 */
export const pageRestSql = `
  SELECT ${columns} FROM outbox WHERE next_hop = ? AND niceness = ? AND sequence > ? ORDER BY sequence LIMIT ?`
export const pageNextSql = `
  SELECT ${columns} FROM outbox WHERE next_hop = ? AND niceness > ? ORDER BY niceness, sequence LIMIT ?`

/** By the order of commits; exported for the same test. What came since is little, whoever it is for. */
export const addedSql = `
  SELECT ${columns} FROM outbox NOT INDEXED WHERE sequence > ? AND next_hop = ? ORDER BY sequence LIMIT ?`
export const ofLetterSql = `SELECT ${columns} FROM outbox WHERE id = ?1 OR letter = ?1`
const lastSql = `SELECT seq AS mark FROM sqlite_sequence WHERE name = 'outbox'`

export function sqlOutbox(parts: CustodyParts, departures: Departures, hint: HandoverHint): Outbox {
  const { database, bodies } = parts
  const listeners = new Listeners<PacketLeft>()
  return {
    commit: (packets, heard) => commit(parts, packets, heard),

    onLeft: listener => listeners.add(listener),

    ...paging(database),

    async get(id) {
      const row = database.get<Row>(`SELECT ${columns} FROM outbox WHERE id = ?`, id)
      return row === undefined ? undefined : packetOf(row)
    },

    open: id => open(parts, departures, id),

    copied: (id, medium, at) =>
      database.commit(() => {
        const name = kept(medium, spoolLimits.sourceLettersMax)
        database.run(
          `INSERT INTO outbox_copies (id, medium, copied_at) SELECT id, ?2, ?3 FROM outbox WHERE id = ?1
             ON CONFLICT DO UPDATE SET copied_at = excluded.copied_at`,
          id,
          name,
          at,
        )
        const letter = letterInside(database, id)
        if (letter !== undefined) noteStation(database, { letter }, { kind: 'copied', at, where: null, road: name })
      }),

    async acknowledge(id, from, at, how) {
      const left = await database.commit(() => {
        const sql = `SELECT destination, coalesce(letter, id) AS letter FROM outbox
          WHERE id = ?1 AND (next_hop = ?2 OR destination = ?2)`
        const row = database.get<{ destination: NodeId; letter: PacketId }>(sql, id, from)
        if (row === undefined) return undefined
        database.run('INSERT OR REPLACE INTO acknowledged (id, at, day) VALUES (?, ?, ?)', id, at, today(database))
        const { letter, destination } = row
        const station = { at, where: from, ...how }
        noteStation(database, { letter }, { ...station, kind: 'handed' })
        if (from === destination) noteStation(database, { letter }, { ...station, kind: 'arrived' })
        return handOver(parts, id, from, at)
      })
      await bodies.reap(left?.freed ?? [])
      if (left?.isAwaited === true) hint.tell()
      if (left?.packet !== undefined) listeners.tell({ ...left.packet, at })
      return left !== undefined
    },

    async release(id, at) {
      const { freed, isAwaited, packet } = await database.commit(() => {
        // Of a letter in custody more will be heard.
        const sql = 'SELECT 1 FROM outbox WHERE id = ? AND custody IS NOT NULL'
        const letter = database.get(sql, id) === undefined ? letterInside(database, id) : undefined
        if (letter !== undefined) noteLetGo(database, letter)
        return handOver(parts, id, null, at)
      })
      await bodies.reap(freed)
      if (isAwaited) hint.tell()
      if (packet !== undefined) listeners.tell({ ...packet, at })
    },

    ...changing(database),
  }
}

async function open(
  { database, bodies }: CustodyParts,
  departures: Departures,
  id: PacketId,
): Promise<Body | undefined> {
  const row = database.get<{ nextHop: NodeId }>('SELECT next_hop AS nextHop FROM outbox WHERE id = ?', id)
  if (row === undefined) return undefined
  await departures.opening(id, row.nextHop)
  return bodies.open(id)
}

/** Inside a commit. `isAwaited`: its sender wants to hear of it. */
function handOver(
  parts: CustodyParts,
  id: PacketId,
  to: NodeId | null,
  at: number,
): { freed: PacketId[]; isAwaited: boolean; packet: Omit<PacketLeft, 'at'> | undefined } {
  const { database, bodies } = parts
  const isAwaited = keepHandedOver(database, id)
  handedOn(parts, id, to, at)
  const sql = `DELETE FROM outbox WHERE id = ?
    RETURNING next_hop AS nextHop, kind, size_bytes AS sizeBytes, committed_at AS since`
  const packet = database.get<Omit<PacketLeft, 'at'>>(sql, id)
  return { freed: bodies.release(id), isAwaited, packet }
}

function commit(parts: CustodyParts, packets: readonly NewOutbound[], heard: HeardMessage | undefined): Promise<void> {
  const staged = packets.map(packet => packet.staged)
  return parts.bodies.commitWith(staged, () => {
    insertOutbound(parts, packets)
    insertHeard(parts.database, heard)
  })
}

function paging(database: Database): Pick<Outbox, 'page' | 'added' | 'ofLetter' | 'summary'> {
  return {
    async ofLetter(letter) {
      const copies = 'SELECT medium FROM outbox_copies WHERE id = ? ORDER BY medium'
      return database.all<Row>(ofLetterSql, letter).map(row => {
        return {
          ...packetOf(row),
          copies: database.all<{ medium: string }>(copies, row.id).map(({ medium }) => medium),
        }
      })
    },

    async summary() {
      const sql = 'SELECT next_hop AS nextHop, packets, size_bytes AS bytes FROM outbox_summary ORDER BY next_hop'
      return database.all<QueueSummary>(sql)
    },

    async page(nextHop, { after, limit }) {
      const [niceness, sequence] = after === null ? [0, 0] : parseCursor(after)
      const rows = database.all<Row>(pageRestSql, nextHop, niceness, sequence, limit)
      if (rows.length < limit) {
        rows.push(...database.all<Row>(pageNextSql, nextHop, niceness, limit - rows.length))
      }
      return rows.map(packetOf)
    },

    async added(nextHop, { mark, limit }) {
      const last = database.get<{ mark: number }>(lastSql)?.mark ?? 0
      if (mark === null || mark >= last) return { packets: [], mark: last }
      const rows = database.all<Row>(addedSql, mark, nextHop, limit)
      return { packets: rows.map(packetOf), mark: rows.length < limit ? last : (rows.at(-1)?.sequence ?? last) }
    },
  }
}

type Changing = Pick<Outbox, 'setNiceness' | 'wasAcknowledged' | 'relayed' | 'relayedSummary' | 'quarantine'>

function changing(database: Database): Changing {
  return {
    async setNiceness(id, niceness) {
      const sql = 'UPDATE outbox SET niceness = ?2 WHERE id = ?1'
      return (await database.commit(() => database.run(sql, id, niceness))) > 0
    },

    async wasAcknowledged(id) {
      return database.get('SELECT 1 FROM acknowledged WHERE id = ?', id) !== undefined
    },

    async relayed(id) {
      const sql = 'SELECT sender AS "from", next_hop AS nextHop FROM relayed WHERE id = ?'
      return database.get<{ from: NodeId; nextHop: NodeId }>(sql, id)
    },

    async relayedSummary() {
      const sql = `SELECT packets, size_bytes AS bytes FROM spool_counts WHERE room = 'relayed'`
      return database.get<{ packets: number; bytes: number }>(sql) ?? { packets: 0, bytes: 0 }
    },

    // Its bytes stay named, by the quarantine now.
    quarantine: (id, { reason, at }) =>
      database.commit(() => {
        const row = database.get<Row>(`SELECT ${columns} FROM outbox WHERE id = ?`, id)
        if (row === undefined) return
        const { nextHop, destination, niceness, kind, messageId, sizeBytes } = row
        const wayBack = { room: 'outbox', nextHop, destination, niceness, kind, messageId } as const
        insertKept(database, { id, reason, source: 'outbox', sizeBytes, at, wayBack })
        database.run('DELETE FROM outbox WHERE id = ?', id)
      }),
  }
}

/** Inside a commit: adds what is not there yet. */
export function insertOutbound(parts: CustodyParts, packets: readonly NewOutbound[]): void {
  const { database, bodies } = parts
  for (const packet of packets) {
    const { staged, acknowledges, destination, relays, envelope, excerpt, once, custody } = packet
    if (database.get('SELECT 1 FROM outbox WHERE id = ?', staged.id) !== undefined) continue
    const sameAck = 'SELECT 1 FROM outbox WHERE acknowledges = ? AND destination = ?'
    if (acknowledges !== null && database.get(sameAck, acknowledges, destination) !== undefined) continue
    if (once !== undefined && wasReported(database, once)) continue
    bodies.keep(staged)
    database.run(
      `INSERT INTO outbox
         (id, next_hop, destination, niceness, kind, message_id, acknowledges, envelope, size_bytes, committed_at, day,
          tells_success, letter, custody, road)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      staged.id,
      packet.nextHop,
      destination,
      packet.niceness,
      packet.kind,
      packet.messageId,
      acknowledges,
      envelope === undefined ? null : JSON.stringify(envelope),
      staged.sizeBytes,
      packet.at,
      today(database),
      envelope !== undefined && wantsSuccess(envelope) ? 1 : 0,
      packet.letter ?? null,
      custody === undefined ? null : (staged.inner ?? staged).id,
      custody === undefined ? null : custody.road.join(' '),
    )
    takeCustody(parts, packet)
    const sealed = sealedLetter(packet)
    if (sealed !== undefined) noteSealed(database, sealed)
    if (excerpt !== undefined && envelope !== undefined) insertExcerpt(database, staged.id, excerpt)
    const wrapped = 'INSERT INTO packet_relays (letter, node, packet, day) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
    for (const { node, packet: known } of packet.wrappedFor ?? []) {
      database.run(wrapped, packet.letter ?? staged.id, node, known, today(database))
    }
    if (relays === undefined) continue
    // Passed on once more, its copies are not those of the first time.
    database.run('DELETE FROM acknowledged WHERE id = ?', staged.id)
    const passedOn = 'INSERT OR REPLACE INTO relayed (id, sender, next_hop, packet, day) VALUES (?, ?, ?, ?, ?)'
    database.run(passedOn, relays.id, relays.from, packet.nextHop, staged.id, today(database))
    if (relays.tells === true) insertPassed(database, { letter: relays.id, node: relays.from, at: packet.at })
  }
}

function packetOf({ sequence, envelope: text, ...packet }: Row): OutboundPacket {
  const envelope = text === null ? null : (JSON.parse(text) as Envelope)
  return { ...packet, envelope, cursor: `${packet.niceness}.${sequence}` }
}

function parseCursor(cursor: string): [number, number] {
  const match = /^(\d{1,3})\.(\d{1,16})$/.exec(cursor)
  assert(match !== null, 'a cursor was given that the outbox did not make')
  return [Number(match[1]), Number(match[2])]
}
