import type { NodeId } from '@posthorn/nncp'
import { memoryDays, today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { DayToAdd, Histories, NeighbourDay } from './histories.ts'
import { historiesLimits } from './limits.ts'

const selected = `date, contacts, sent_packets AS sentPackets, sent_bytes AS sentBytes,
  received_packets AS receivedPackets, received_bytes AS receivedBytes, letters, waited_ms AS waitedMs,
  waited_ms_max AS waitedMsMax`

const addSql = `INSERT INTO neighbour_days
  (neighbour, date, day, contacts, sent_packets, sent_bytes, received_packets, received_bytes, letters, waited_ms,
   waited_ms_max)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (neighbour, date) DO UPDATE SET day = excluded.day, contacts = contacts + excluded.contacts,
    sent_packets = sent_packets + excluded.sent_packets, sent_bytes = sent_bytes + excluded.sent_bytes,
    received_packets = received_packets + excluded.received_packets,
    received_bytes = received_bytes + excluded.received_bytes, letters = letters + excluded.letters,
    waited_ms = waited_ms + excluded.waited_ms, waited_ms_max = max(waited_ms_max, excluded.waited_ms_max)`

/** Histories in the database. */
export function openHistories({ database }: { database: Database }): Histories {
  return {
    add: days =>
      database.commit(() => {
        for (const day of days) addDay(database, day)
      }),

    async days(neighbour, limit) {
      const sql = `SELECT ${selected} FROM neighbour_days
        WHERE neighbour = (SELECT number FROM neighbours WHERE id = ?) ORDER BY date DESC LIMIT ?`
      return database.all<NeighbourDay>(sql, neighbour, limit).reverse()
    },

    async prune() {
      const sql = `DELETE FROM neighbour_days WHERE (neighbour, date) IN
        (SELECT neighbour, date FROM neighbour_days WHERE day < ? ORDER BY day LIMIT ?)`
      await database.commit(() => database.run(sql, today(database) - memoryDays, historiesLimits.prunedAtOnceMax))
    },
  }
}

/** Inside a commit. */
function addDay(database: Database, { neighbour: id, date, ...counts }: DayToAdd): void {
  const number = numberOf(database, id)
  if (number === undefined) return
  const { contacts, sentPackets, sentBytes, receivedPackets, receivedBytes, letters, waitedMs, waitedMsMax } = counts
  const amounts = [sentPackets, sentBytes, receivedPackets, receivedBytes, letters, waitedMs, waitedMsMax]
  database.run(addSql, number, date, today(database), contacts, ...amounts)
  const tooMany = `DELETE FROM neighbour_days WHERE neighbour = ?1 AND date IN
    (SELECT date FROM neighbour_days WHERE neighbour = ?1 ORDER BY date DESC LIMIT -1 OFFSET ?2)`
  database.run(tooMany, number, historiesLimits.daysMax)
}

function numberOf(database: Database, id: NodeId): number | undefined {
  return database.get<{ number: number }>('SELECT number FROM neighbours WHERE id = ?', id)?.number
}
