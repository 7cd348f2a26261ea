/** By which roads letters came to people here, in the commits of their deliveries. */
import type { NodeId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { kept } from '../spool/words.ts'
import type { Arrival } from './journeys.ts'
import { journeyLimits } from './limits.ts'

/** Exported, like the next, for the test that reads their query plans. */
export const arrivalSql = `SELECT road, brought_by AS broughtBy, taken_in_at AS takenInAt, at
  FROM arrivals WHERE user = ? AND message_id = ?`
export const agedArrivalsSql = 'SELECT user, message_id AS messageId FROM arrivals WHERE day <= ? LIMIT ?'
const anyArrivalsSql = 'SELECT user, message_id AS messageId FROM arrivals LIMIT ?'

/** Inside the commit of the delivery. Of a letter that is known already nothing is changed: the first counts. */
export function noteArrival(database: Database, arrival: Arrival): void {
  const { user, road, broughtBy, takenInAt, at } = arrival
  const sql = `INSERT INTO arrivals (user, message_id, road, brought_by, taken_in_at, at, day)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
  const messageId = kept(arrival.messageId, journeyLimits.messageIdLettersMax)
  const by = road && kept(road, journeyLimits.roadLettersMax)
  database.run(sql, user, messageId, by, broughtBy, Math.floor(takenInAt), Math.floor(at), today(database))
}

/** Inside a commit: somebody does not live here any more. */
export function forgetArrivals(database: Database, user: string): void {
  database.run('DELETE FROM arrivals WHERE user = ?', user)
}

export function arrivalsOf(database: Database, user: string, messageIds: readonly string[]): Arrival[] {
  type Row = { road: string | null; broughtBy: NodeId | null; takenInAt: number; at: number }
  return messageIds.flatMap(messageId => {
    const row = database.get<Row>(arrivalSql, user, kept(messageId, journeyLimits.messageIdLettersMax))
    return row === undefined ? [] : [{ user, messageId, ...row }]
  })
}

/** Inside a commit. Answers how many went. */
export function pruneArrivals(database: Database, keepDays: number): number {
  const limit = journeyLimits.prunedAtOnceMax
  type Row = { user: string; messageId: string }
  const gone =
    keepDays === 0
      ? database.all<Row>(anyArrivalsSql, limit)
      : database.all<Row>(agedArrivalsSql, today(database) - keepDays, limit)
  for (const { user, messageId } of gone) {
    database.run('DELETE FROM arrivals WHERE user = ? AND message_id = ?', user, messageId)
  }
  return gone.length
}
