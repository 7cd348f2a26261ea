/** Receipts that come for letters in custody, and what senders are to be told of them. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { noteStation } from '../journeys/note.ts'
import { type CustodyParts, endCustody, running } from './custody.ts'
import type { Envelope } from './envelope.ts'
import { type EndedLetter, outcomes, type Receipted, type ReceiptItem, type ReceiptNews } from './keeping.ts'
import { type RoadTimes, withSample } from './patience.ts'
import { toldByReceipt } from './told-by-receipt.ts'

/** Whom to tell that a receipt came which somebody wants to hear of. */
export interface NewsHint {
  tell: () => void
}

export function sqlReceipted(parts: CustodyParts, hint: NewsHint): Receipted {
  const { database, bodies } = parts
  return {
    async receipted(batch) {
      const { freed, isNews, ...answer } = await database.commit(() => take(parts, batch))
      await bodies.reap(freed)
      if (isNews) hint.tell()
      return answer
    },

    async receipt(id) {
      const sql = `SELECT outcomes, at, bytes AS batch FROM receipted JOIN receipt_batches ON receipt_batches.id = batch
        WHERE receipted.id = ?`
      const row = database.get<Omit<ReceiptItem, 'letter'> & { batch: Uint8Array }>(sql, id)
      return row && { ...row, letter: id }
    },

    onNews(listener) {
      hint.tell = listener
    },

    async news(limit) {
      const sql = `SELECT sequence, id, message_id AS messageId, envelope, committed_at AS at, destination, outcomes,
          after_all AS afterAll
        FROM receipt_news ORDER BY sequence LIMIT ?`
      const rows = database.all<NewsRow>(sql, limit)
      return rows.map(({ envelope, afterAll, ...row }) => {
        return { ...row, envelope: JSON.parse(envelope) as Envelope, afterAll: afterAll === 1 }
      })
    },

    async forgetNews(sequences) {
      await database.commit(() => {
        for (const sequence of sequences) database.run('DELETE FROM receipt_news WHERE sequence = ?', sequence)
      })
    },
  }
}

type NewsRow = Omit<ReceiptNews, 'envelope' | 'afterAll'> & { readonly envelope: string; readonly afterAll: number }

interface Taken {
  readonly ended: EndedLetter[]
  unknown: number
  readonly freed: PacketId[]
  isNews: boolean
}

/** Inside a commit. */
function take(parts: CustodyParts, batch: Parameters<Receipted['receipted']>[0]): Taken {
  const { database } = parts
  const { from, items, bytes, at } = batch
  const taken: Taken = { ended: [], unknown: 0, freed: [], isNews: false }
  let number: number | undefined
  const keepBatch = () => {
    const sql = 'INSERT INTO receipt_batches (node, bytes, day) VALUES (?, ?, ?) RETURNING id'
    number ??= database.get<{ id: number }>(sql, from, bytes, today(database))?.id ?? 0
    return number
  }
  for (const item of items) {
    const did = endOne(parts, from, item, taken) ?? afterAll(parts, from, item, taken) ?? grow(database, from, item)
    if (did === undefined) taken.unknown += 1
    else if (did !== 'same') note(database, { from, at, batch: keepBatch() }, did)
  }
  return taken
}

/** What is known from now on. */
interface Known extends ReceiptItem {
  readonly recipients: readonly string[]
}

interface Row {
  readonly messageId: string | null
  readonly envelope: string
  readonly tellsSuccess: number
  readonly tries: number
}

function endOne({ database, bodies }: CustodyParts, from: NodeId, item: ReceiptItem, taken: Taken): Known | undefined {
  const { letter: id } = item
  const row = database.get<Row>(
    `SELECT message_id AS messageId, envelope, tells_success AS tellsSuccess, tries
       FROM custody WHERE id = ? AND destination = ?`,
    ...[id, from],
  )
  const { recipients } = row === undefined ? { recipients: [] } : (JSON.parse(row.envelope) as Envelope)
  // A byte for each recipient: a receipt for anything else is none for this letter.
  if (row === undefined || recipients.length !== item.outcomes.length) return undefined
  const roads = database.all<{ road: string; handedTo: NodeId; handed: number }>(
    `SELECT road, handed_to AS handedTo, handed FROM custody_roads WHERE letter = ? AND handed_to IS NOT NULL`,
    id,
  )
  const [only] = roads
  // Sent more than once nobody knows which of them it answers (RFC 6298, Karn's algorithm).
  if (only !== undefined && row.tries === 0) sample(database, from, only)
  const isTold =
    row.tellsSuccess === 1 || item.outcomes.some(one => one === outcomes.refused || one === outcomes.expired)
  if (isTold) {
    database.run(
      `INSERT INTO receipt_news SELECT sequence, id, message_id, envelope, committed_at, destination, ?2, ?3, 0
         FROM custody WHERE id = ?1`,
      ...[id, item.outcomes, Math.floor(item.at)],
    )
    taken.isNews = true
  }
  const remember = `INSERT OR REPLACE INTO acknowledged (id, at, day) SELECT id, ?2, ?3 FROM outbox WHERE custody = ?1`
  database.run(remember, id, Math.floor(item.at), today(database))
  taken.freed.push(...endCustody(database, bodies, id))
  taken.ended.push({ id, destination: from, messageId: row.messageId, handedTo: roads.map(({ handedTo }) => handedTo) })
  return { ...item, recipients }
}

/** Of a letter that was given up before. */
function afterAll({ database }: CustodyParts, from: NodeId, item: ReceiptItem, taken: Taken): Known | undefined {
  const sql = 'SELECT envelope, told FROM given_up WHERE id = ? AND destination = ?'
  const row = database.get<{ envelope: string; told: number }>(sql, item.letter, from)
  const { recipients } = row === undefined ? { recipients: [] } : (JSON.parse(row.envelope) as Envelope)
  if (row === undefined || recipients.length !== item.outcomes.length) return undefined
  if (row.told === 1 && item.outcomes.some(hasArrived)) {
    database.run(
      `INSERT INTO receipt_news SELECT sequence, id, message_id, envelope, committed_at, destination, ?2, ?3, 1
         FROM given_up WHERE id = ?1`,
      ...[item.letter, item.outcomes, Math.floor(item.at)],
    )
    taken.isNews = true
  }
  database.run('DELETE FROM given_up WHERE id = ?', item.letter)
  return { ...item, recipients }
}

export function hasArrived(outcome: number): boolean {
  return outcome === outcomes.delivered || outcome === outcomes.fetched
}

function grow(database: Database, from: NodeId, item: ReceiptItem): Known | 'same' | undefined {
  const sql = 'SELECT outcomes, recipients FROM receipted WHERE id = ? AND destination = ?'
  const row = database.get<{ outcomes: Uint8Array; recipients: string }>(sql, item.letter, from)
  if (row === undefined || row.outcomes.length !== item.outcomes.length) return undefined
  const { outcomes: before } = row
  const grown = grownOutcomes(before, item.outcomes)
  return Buffer.compare(grown, before) === 0
    ? 'same'
    : { ...item, outcomes: grown, recipients: JSON.parse(row.recipients) as string[] }
}

/**
 * What a later receipt adds: a letter that was delivered is fetched one day; one that was set aside may be delivered by
 * a person. Nothing goes back to less, in whatever order receipts come.
 */
export function grownOutcomes(before: Uint8Array, now: Uint8Array): Uint8Array {
  const { delivered, fetched, refused } = outcomes
  const steps = [refused, delivered, fetched] as const
  const stepOf = (outcome: number | undefined) => (steps as readonly unknown[]).indexOf(outcome)
  return before.map((one, index) => {
    const later = now[index]
    return later !== undefined && stepOf(one) >= 0 && stepOf(later) > stepOf(one) ? later : one
  })
}

function note(database: Database, batch: { from: NodeId; at: number; batch: number }, item: Known): void {
  const { letter, outcomes: each, at, recipients } = item
  database.run(
    `INSERT OR REPLACE INTO receipted (id, destination, recipients, outcomes, at, batch, day)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[letter, batch.from, JSON.stringify(recipients), each, Math.floor(at), batch.batch, today(database)],
  )
  for (const told of toldByReceipt(batch.from, item, recipients, batch.at)) noteStation(database, ...told)
}

function sample(database: Database, destination: NodeId, { road, handed }: { road: string; handed: number }): void {
  const sql = `SELECT smoothed_ms AS smoothedMs, deviation_ms AS deviationMs FROM road_times
    WHERE destination = ? AND road = ?`
  const before = database.get<RoadTimes>(sql, destination, road)
  const { smoothedMs, deviationMs } = withSample(before, Math.max(0, running(database) - handed))
  database.run(
    'INSERT OR REPLACE INTO road_times (destination, road, smoothed_ms, deviation_ms, day) VALUES (?, ?, ?, ?, ?)',
    ...[destination, road, smoothedMs, deviationMs, today(database)],
  )
}
