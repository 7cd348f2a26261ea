/** Receipts that this node gives, and the numbers of the letters that came. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import {
  type FetchedHere,
  type LetterNumber,
  type OwedNode,
  type OwedReceipt,
  type ReceiptItem,
  type Receipts,
  withFetched,
} from './keeping.ts'
import { spoolLimits } from './limits.ts'
import { ageDaysMin, type Numbered, numbered, onTheirWay } from './numbered.ts'
import type { Ranges } from './ranges.ts'
import type { NewOutbound } from './spool.ts'

/** Whom to tell that a receipt is owed. */
export interface OwedHint {
  tell: () => void
}

/** Exported for the test that reads their query plans. */
export const owedItemsSql = `SELECT id AS letter, outcomes, at FROM receipts WHERE owed = 1 AND node = ? LIMIT ?`

export function sqlReceipts(
  { database, bodies }: { database: Database; bodies: Bodies },
  hint: OwedHint,
  insert: (packet: NewOutbound) => void,
): Receipts {
  return {
    onOwed(listener) {
      hint.tell = listener
    },

    async owed() {
      return database.all<OwedNode>('SELECT node, count(*) AS letters FROM receipts WHERE owed = 1 GROUP BY node')
    },

    async next(node, limit) {
      const items = database.all<ReceiptItem>(owedItemsSql, node, limit)
      const room = Math.min(limit - items.length, spoolLimits.receiptsMovedMax)
      // Whole packets only, since each that is taken up leaves the outbox.
      const packets = database.all<{ packet: PacketId; letters: number }>(
        'SELECT packet, count(*) AS letters FROM receipt_packets WHERE node = ? GROUP BY packet',
        node,
      )
      const fitting = packets.find(({ letters }) => letters <= room)
      if (fitting === undefined || items.length === 0) return items
      const sql = `SELECT id AS letter, outcomes, at FROM receipts
        WHERE owed = 0 AND id IN (SELECT letter FROM receipt_packets WHERE packet = ?)`
      return [...items, ...database.all<ReceiptItem>(sql, fitting.packet)]
    },

    async commit(packet, items) {
      const { staged, destination } = packet
      const letters = new Set<string>(items.map(({ letter }) => letter))
      const freed = await bodies.commitWith([staged], () => {
        const sql = 'SELECT DISTINCT packet FROM receipt_packets WHERE node = ?'
        const before = database.all<{ packet: PacketId }>(sql, destination)
        // More may have become of one since it was read.
        const sent = 'UPDATE receipts SET owed = 0 WHERE id = ? AND outcomes = ?'
        for (const { letter, outcomes } of items) database.run(sent, letter, outcomes)
        insert(packet)
        const named = 'INSERT OR IGNORE INTO receipt_packets SELECT id, ?2, ?3 FROM outbox WHERE id = ?1'
        for (const letter of letters) database.run(named, staged.id, letter, destination)
        return before.flatMap(({ packet: id }) => replaced(database, bodies, id, letters))
      })
      await bodies.reap(freed)
    },

    async again(id) {
      const owed = await database.commit(() => database.run('UPDATE receipts SET owed = 1 WHERE id = ?', id) > 0)
      if (owed) hint.tell()
      return owed
    },

    fetched: letters => growAll(database, hint, letters),

    async letGo(node) {
      await database.commit(() => database.run('UPDATE receipts SET owed = 0 WHERE owed = 1 AND node = ?', node))
    },

    async onTheirWay(sender) {
      const sql = `SELECT ${numberedColumns} FROM letters_from WHERE sender = ?
        ORDER BY generation DESC, since DESC LIMIT 1`
      const row = database.get<NumberedRow>(sql, sender)
      return row === undefined ? 0 : onTheirWay(numberedOf(row))
    },

    async ageDaysMin(sender, letter) {
      return ageDaysMin(knownOf(database, sender, letter.series), letter, today(database))
    },
  }
}

/** Inside a commit: an earlier packet goes when the new one says all that it did. */
function replaced(database: Database, bodies: Bodies, id: PacketId, letters: ReadonlySet<string>): PacketId[] {
  const said = database.all<{ letter: string }>('SELECT letter FROM receipt_packets WHERE packet = ?', id)
  if (!said.every(({ letter }) => letters.has(letter))) return []
  database.run('DELETE FROM outbox WHERE id = ?', id)
  return bodies.release(id)
}

async function growAll(database: Database, hint: OwedHint, letters: readonly FetchedHere[]): Promise<void> {
  const grown = await database.commit(() => letters.filter(one => grow(database, one)).length)
  if (grown > 0) hint.tell()
}

/** Inside a commit: whether there is more to tell now. */
function grow(database: Database, { letter, node, place, at }: FetchedHere): boolean {
  const sql = 'SELECT outcomes FROM receipts WHERE id = ? AND node = ?'
  const row = database.get<{ outcomes: Uint8Array }>(sql, letter, node)
  const outcomes = row && withFetched(row.outcomes, place)
  if (outcomes === undefined) return false
  database.run('UPDATE receipts SET outcomes = ?, at = ?, owed = 1 WHERE id = ?', outcomes, Math.floor(at), letter)
  return true
}

/** Inside the commit in which a letter leaves the inbox. */
export function owe(
  database: Database,
  letter: { id: PacketId; sender: NodeId; at: number },
  receipt: OwedReceipt,
): void {
  const { id, sender, at } = letter
  database.run(
    'INSERT OR REPLACE INTO receipts (id, node, outcomes, at, owed, day) VALUES (?, ?, ?, ?, 1, ?)',
    ...[id, sender, receipt.outcomes, Math.floor(at), today(database)],
  )
  noteNumber(database, sender, receipt.number)
}

interface NumberedRow {
  readonly newest: number
  readonly waiting: string
  readonly have: string
  readonly dayMax: number
  readonly dayMaxHeard: number
}

const numberedColumns = 'newest, waiting, have, day_max AS dayMax, day_max_heard AS dayMaxHeard'

function numberedOf({ waiting, have, ...row }: NumberedRow): Numbered {
  return { ...row, waiting: JSON.parse(waiting) as Ranges, have: JSON.parse(have) as Ranges }
}

function knownOf(database: Database, sender: NodeId, series: string): Numbered | undefined {
  const sql = `SELECT ${numberedColumns} FROM letters_from WHERE sender = ? AND series = ?`
  const row = database.get<NumberedRow>(sql, sender, series)
  return row && numberedOf(row)
}

function noteNumber(database: Database, sender: NodeId, letter: LetterNumber): void {
  const { series, generation } = letter
  const before = knownOf(database, sender, series)
  const now = numbered(before, letter, today(database))
  database.run(
    `INSERT INTO letters_from (sender, series, generation, since, newest, waiting, have, day_max, day_max_heard)
       VALUES (?1, ?2, ?3, (SELECT coalesce(max(since), 0) + 1 FROM letters_from WHERE sender = ?1), ?4, ?5, ?6, ?7, ?8)
       ON CONFLICT DO UPDATE SET newest = ?4, waiting = ?5, have = ?6, day_max = ?7, day_max_heard = ?8`,
    ...[sender, series, generation, now.newest, JSON.stringify(now.waiting), JSON.stringify(now.have)],
    ...[now.dayMax, now.dayMaxHeard],
  )
  if (before !== undefined) return
  database.run(
    `DELETE FROM letters_from WHERE sender = ?1 AND series NOT IN (
       SELECT series FROM letters_from WHERE sender = ?1 ORDER BY generation DESC, since DESC LIMIT ?2)`,
    ...[sender, spoolLimits.seriesMax],
  )
}
