import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { noteStation } from '../journeys/note.ts'
import type { Bodies } from './bodies.ts'
import { type CustodyParts, giveUpCustody } from './custody.ts'
import type { Departures } from './departures.ts'
import type { Envelope } from './envelope.ts'
import { insertOutbound } from './outbox.ts'
import type {
  ExpiredLetter,
  NewRecall,
  OwnLetter,
  PacketRelay,
  RecallAnswer,
  RecalledLetter,
  Recalls,
} from './recall.ts'
import type { DropReason } from './tombstone.ts'

interface Parts extends CustodyParts {
  readonly departures: Departures
}

type Row = Omit<RecalledLetter, 'copies' | 'asked' | 'relays'> & { readonly copies: string; readonly asked: number }
type OwnRow = Omit<OwnLetter, 'sender' | 'recipients'> & { readonly envelope: string }

type ExpiredRow = Omit<ExpiredLetter, 'sender' | 'recipients' | 'envelope'> & { readonly envelope: string }

const lifetime = `envelope ->> '$.wishes.lifetimeDays'`
const expiredColumns = 'id, destination, niceness, message_id AS messageId, envelope, committed_at AS at'
/** Exported for the test that reads their query plans. */
export const expiredSql = `
  SELECT coalesce(letter, id) AS letter, ${expiredColumns} FROM outbox
  WHERE ${lifetime} IS NOT NULL AND custody IS NULL AND day + (${lifetime}) < ?
  ORDER BY day + (${lifetime}), sequence LIMIT ?`
export const expiredInCustodySql = `
  SELECT id AS letter, ${expiredColumns} FROM custody
  WHERE ${lifetime} IS NOT NULL AND day + (${lifetime}) < ? ORDER BY day + (${lifetime}), sequence LIMIT ?`

export function sqlRecalls(parts: Parts): Recalls {
  const { database, bodies } = parts
  return {
    ...looking(database),

    async take(recall) {
      const staged = recall.tombstones.map(packet => packet.staged)
      const { neverLeft, freed } = await bodies.commitWith(staged, () => take(parts, recall))
      await bodies.reap(freed)
      return neverLeft
    },

    answered: ({ letter, from, recipients }, answer, { at, evidence }) =>
      database.commit(() => {
        const news = recipients.filter(recipient => say(database, { letter, from, recipient }, answer, at))
        const kind = stationOf(database, letter)
        const isGone = answer === 'dropped' || answer === 'awaited'
        if (news.length === 0 || kind === undefined || !isGone) return news.length > 0
        noteStation(database, { letter, recipients: news }, { kind, at, where: from, evidence })
        return true
      }),

    relayAnswered: ({ node, packet }, answer) =>
      database.commit(() => {
        const sql = `UPDATE recall_relays SET answer = ?3
          WHERE packet = ?1 AND node = ?2 AND coalesce(answer, '') <> ?3`
        return database.run(sql, packet, node, answer) > 0
      }),
  }
}

function looking(database: Database): Pick<Recalls, 'waiting' | 'expired' | 'takenFrom' | 'relaysOf' | 'ofMessage'> {
  return {
    async waiting(messageId) {
      const sql = `SELECT coalesce(letter, id) AS letter, destination, niceness, envelope FROM outbox
        WHERE message_id = ?1 AND envelope IS NOT NULL AND custody IS NULL
        UNION ALL SELECT id, destination, niceness, envelope FROM custody WHERE message_id = ?1`
      return database.all<OwnRow>(sql, messageId).map(({ envelope: text, ...row }) => {
        const { returnPath: sender, recipients } = JSON.parse(text) as Envelope
        return { ...row, sender, recipients }
      })
    },

    async expired(limit) {
      const rows = [expiredSql, expiredInCustodySql].flatMap(sql =>
        database.all<ExpiredRow>(sql, today(database), limit),
      )
      return rows.slice(0, limit).map(({ envelope: text, ...row }) => {
        const envelope = JSON.parse(text) as Envelope
        return { ...row, envelope, sender: envelope.returnPath, recipients: envelope.recipients }
      })
    },

    async takenFrom(id) {
      const sql = `SELECT recipient FROM recalls WHERE letter = coalesce((SELECT letter FROM outbox WHERE id = ?1), ?1)
        AND (asked = 1 OR answer = 'kept') AND answer IS NOT 'full'`
      return database.all<{ recipient: string }>(sql, id).map(({ recipient }) => recipient)
    },

    async relaysOf(letter) {
      const known = database.all<PacketRelay>('SELECT node, packet FROM packet_relays WHERE letter = ?', letter)
      // Of other roads that it was sent by again the last relay is known: it has the letter itself.
      const roads = database.all<{ road: string }>('SELECT road FROM custody_roads WHERE letter = ?', letter)
      for (const { road } of roads) {
        const node = road.split(' ').at(-1) as NodeId
        const isNew = !known.some(one => one.node === node && one.packet === letter)
        if (road !== '' && isNew) known.push({ node, packet: letter })
      }
      return known
    },

    async ofMessage(messageId, sender) {
      const sql = `SELECT letter, recipient, sender, destination, reason, copies, asked, answer, at,
          answered_at AS answeredAt
        FROM recalls WHERE message_id = ?1 AND (?2 IS NULL OR sender = ?2) ORDER BY recipient`
      const relays = 'SELECT node, answer FROM recall_relays WHERE letter = ?'
      return database.all<Row>(sql, messageId, sender).map(row => ({
        ...row,
        copies: JSON.parse(row.copies) as string[],
        asked: row.asked === 1,
        relays: database.all<RecalledLetter['relays'][number]>(relays, row.letter),
      }))
    },
  }
}

/** Inside a commit. */
function take(parts: Parts, recall: NewRecall): { neverLeft: boolean; freed: readonly PacketId[] } {
  const { database, bodies, departures } = parts
  const { letter, recipients, everybody, at, hasLeft } = recall
  const before = database.all<{ recipient: string }>('SELECT recipient FROM recalls WHERE letter = ?', letter)
  const taken = new Set([...recipients, ...before.map(({ recipient }) => recipient)])
  const isWhole = everybody.every(recipient => taken.has(recipient))
  const sql = 'SELECT id, next_hop AS nextHop, sequence FROM outbox WHERE id = ?1 OR letter = ?1'
  const rows = database.all<{ id: PacketId; nextHop: NodeId; sequence: number }>(sql, letter)
  const sent = 'SELECT 1 FROM custody WHERE id = ? AND (handed_over_at IS NOT NULL OR tries > 0)'
  const isHere = rows.length > 0 && before.length === 0 && database.get(sent, letter) === undefined
  const neverLeft = isWhole && !hasLeft && isHere && !rows.some(row => departures.mayHaveLeft(row))
  const media =
    'SELECT DISTINCT medium FROM outbox_copies WHERE id IN (SELECT id FROM outbox WHERE id = ?1 OR letter = ?1)'
  const copies = database.all<{ medium: string }>(media, letter).map(({ medium }) => medium)
  const freed = isWhole
    ? [
        ...rows.flatMap(({ id }) => leave(database, bodies, id, at)),
        ...giveUpCustody(database, bodies, letter, recall.reason === 'expired'),
      ]
    : []
  insert(database, recall, { copies, neverLeft })
  // That it never left is known; that its lifetime is over, its sender says.
  const kind = recall.reason === 'expired' ? 'expired' : 'recalled'
  if (neverLeft || kind === 'expired') noteStation(database, { letter, recipients }, { kind, at, where: null })
  if (!neverLeft) insertOutbound(parts, recall.tombstones)
  return { neverLeft, freed }
}

/** Inside a commit: copies of it on media are taken off at the next visit, like those of what was acknowledged. */
function leave(database: Database, bodies: Bodies, id: PacketId, at: number): PacketId[] {
  database.run('INSERT OR REPLACE INTO acknowledged (id, at, day) VALUES (?, ?, ?)', id, at, today(database))
  database.run('DELETE FROM outbox WHERE id = ?', id)
  return bodies.release(id)
}

/** Inside a commit. What was taken back before stays as it was, but for those who would hear nothing of it. */
function insert(
  database: Database,
  { letter, destination, messageId, sender, recipients, reason, asksDestination, asksRelays, at }: NewRecall,
  { copies, neverLeft }: { copies: readonly string[]; neverLeft: boolean },
): void {
  const sql = `INSERT INTO recalls
      (letter, recipient, message_id, sender, destination, reason, copies, asked, answer, at, day)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET asked = max(asked, excluded.asked)`
  const [media, asked, answer] = [
    JSON.stringify(copies),
    !neverLeft && asksDestination ? 1 : 0,
    neverLeft ? 'kept' : null,
  ]
  const day = today(database)
  for (const recipient of recipients) {
    const who = [letter, recipient, messageId, sender, destination] as const
    database.run(sql, ...who, reason, media, asked, answer, at, day)
  }
  if (neverLeft) return
  const relay = 'INSERT INTO recall_relays (letter, node, packet, day) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
  for (const { node, packet } of asksRelays) database.run(relay, letter, node, packet, day)
}

/** Inside a commit. */
function say(
  database: Database,
  { letter, from, recipient }: { letter: PacketId; from: NodeId; recipient: string },
  answer: RecallAnswer,
  at: number,
): boolean {
  const sql = `UPDATE recalls SET answer = ?4, answered_at = ?5
    WHERE letter = ?1 AND recipient = ?2 AND destination = ?3 AND asked = 1
      AND (answer IS NULL OR (answer IN ('awaited', 'full') AND answer <> ?4))`
  return database.run(sql, letter, recipient, from, answer, at) > 0
}

/** What its journey says of it. */
function stationOf(database: Database, letter: PacketId): 'recalled' | 'expired' | undefined {
  const reason = database.get<{ reason: DropReason }>('SELECT reason FROM recalls WHERE letter = ?', letter)?.reason
  return reason === 'arrived' ? undefined : reason
}
