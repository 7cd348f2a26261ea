import type { NodeId, PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { arrivalsOf, pruneArrivals } from './arrivals.ts'
import type { Journey, Journeys, JourneysFound, StationKind, StationNews } from './journeys.ts'
import { journeyLimits } from './limits.ts'
import { listenForNews } from './news.ts'
import { noteSetOut, noteStation } from './note.ts'
import { stateOf } from './state.ts'

interface Row {
  readonly number: number
  readonly message: number
  readonly messageId: string
  readonly sender: string
  readonly recipient: string
}

interface StationRow {
  readonly number: number
  readonly kind: StationKind
  readonly at: number
  readonly heardAt: number
  readonly where: NodeId | null
  readonly road: string | null
  readonly evidence: string | null
  readonly reason: string | null
  readonly letter: PacketId | null
}

const columns = `journey.number, journey.message, message.message_id AS messageId, message.sender, journey.recipient`
const joined = 'FROM journeys AS journey JOIN journey_messages AS message ON message.number = journey.message'
const stationColumns = `station.number, station.kind, station.at, station.heard_at AS heardAt, station.place AS "where",
  station.road, station.evidence, station.reason, letter.id AS letter`
const stationsFrom =
  'FROM journey_stations AS station LEFT JOIN journey_letters AS letter ON letter.number = station.letter'

/** Exported for the test that reads their query plans. */
export const journeysSql = {
  ofMessage: `SELECT ${columns} ${joined} WHERE message.message_id = ? ORDER BY message.sender LIMIT ?`,
  ofMessageAndSender: `SELECT ${columns} ${joined} WHERE message.message_id = ?2 AND message.sender = ?1 LIMIT ?3`,
  last: 'SELECT number FROM journey_messages ORDER BY number DESC LIMIT 1',
  lastOfSender: 'SELECT number FROM journey_messages WHERE sender = ? ORDER BY number DESC LIMIT 1',
  ofNumber: `SELECT ${columns} ${joined} WHERE journey.message = ? LIMIT ?`,
  ofRecipient: `SELECT ${columns} ${joined} WHERE journey.recipient = ? ORDER BY journey.number DESC LIMIT ?`,
  ofSender: `SELECT ${columns} FROM journey_messages AS message JOIN journeys AS journey
    ON journey.message = message.number WHERE message.sender = ? ORDER BY message.number DESC LIMIT ?`,
  ofLetter: `SELECT ${columns} ${joined} WHERE journey.number IN (SELECT journey FROM journey_legs
    WHERE letter = (SELECT number FROM journey_letters WHERE id = ?))`,
  stationsOfMessage: `SELECT ${stationColumns} ${stationsFrom} WHERE station.message = ?`,
  stationsOfJourney: `SELECT ${stationColumns} ${stationsFrom} WHERE station.journey = ?`,
  stationsOfLetter: `SELECT ${stationColumns} ${stationsFrom} WHERE station.letter = ?`,
  lettersOf: `SELECT letter.number, letter.id, letter.destination FROM journey_legs AS leg
    JOIN journey_letters AS letter ON letter.number = leg.letter WHERE leg.journey = ?`,
  news: `SELECT ${stationColumns}, station.message, station.journey ${stationsFrom}
    WHERE station.number > ? ORDER BY station.number LIMIT ?`,
  journey: `SELECT ${columns} ${joined} WHERE journey.number = ?`,
  ended: 'SELECT number, message FROM journeys WHERE ended_day <= ? ORDER BY ended_day LIMIT ?',
  any: 'SELECT number, message FROM journeys LIMIT ?',
} as const

/** The journeys on SQLite. */
export function openJourneys(database: Database): Journeys {
  return {
    note: stations =>
      database.commit(() => {
        for (const [of, station] of stations) noteStation(database, of, station)
      }),
    noteHere: (letter, station) =>
      database.commit(() => {
        noteSetOut(database, letter)
        noteStation(database, letter, station)
      }),
    async ofMessage(messageId, { sender, limit }) {
      const rows =
        sender === null
          ? database.all<Row>(journeysSql.ofMessage, messageId, limit)
          : database.all<Row>(journeysSql.ofMessageAndSender, sender, messageId, limit)
      return rows.map(journeysIn(database))
    },
    async last({ sender, limit }) {
      const found =
        sender === null
          ? database.get<{ number: number }>(journeysSql.last)
          : database.get<{ number: number }>(journeysSql.lastOfSender, sender)
      if (found === undefined) return []
      return database.all<Row>(journeysSql.ofNumber, found.number, limit).map(journeysIn(database))
    },
    async ofSender(sender, limit) {
      return database.all<Row>(journeysSql.ofSender, sender, limit).map(journeysIn(database))
    },
    async ofRecipient(recipient, options) {
      return ofRecipient(database, recipient, options).map(journeysIn(database))
    },
    async ofLetter(letter) {
      return database.all<Row>(journeysSql.ofLetter, letter).map(journeysIn(database))
    },
    news: async (cursor, limit) => news(database, cursor, limit),
    onNews: listener => listenForNews(database, listener),
    arrivals: async (user, messageIds) => arrivalsOf(database, user, messageIds),
    prune: keepDays => prune(database, keepDays),
  }
}

function ofRecipient(database: Database, recipient: string, { sender, limit }: JourneysFound): Row[] {
  if (sender === null) return database.all<Row>(journeysSql.ofRecipient, recipient, limit)
  const rows = database.all<Row>(journeysSql.ofRecipient, recipient, journeyLimits.lookedThroughMax)
  return rows.filter(row => row.sender.toLowerCase() === sender.toLowerCase()).slice(0, limit)
}

/** What several of them share is read once. */
function journeysIn(database: Database): (row: Row) => Journey {
  const known = new Map<string, readonly StationRow[]>()
  const stationsOf = (sql: string, number: number) => {
    const key = `${sql} ${number}`
    const stations = known.get(key) ?? database.all<StationRow>(sql, number)
    known.set(key, stations)
    return stations
  }
  return row => {
    const { messageId, sender, recipient, number, message } = row
    const letters = database.all<{ number: number; id: PacketId; destination: NodeId }>(journeysSql.lettersOf, number)
    const stations = [
      ...stationsOf(journeysSql.stationsOfMessage, message),
      ...database.all<StationRow>(journeysSql.stationsOfJourney, number),
      ...letters.flatMap(letter => stationsOf(journeysSql.stationsOfLetter, letter.number)),
    ].sort((one, other) => one.number - other.number)
    return {
      ...{ messageId, sender, recipient, state: stateOf(stations), stations },
      letters: letters.map(({ id, destination }) => ({ id, destination })),
    }
  }
}

type NewsRow = StationRow & {
  readonly message: number | null
  readonly journey: number | null
}

function news(
  database: Database,
  cursor: number | null,
  limit: number,
): { news: readonly StationNews[]; cursor: number } {
  const last =
    database.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'journey_stations'`)?.seq ?? 0
  if (cursor === null) return { news: [], cursor: last }
  const rows = database.all<NewsRow>(journeysSql.news, cursor, limit)
  const found = rows.map(({ message, journey, ...station }): StationNews => {
    const concerned =
      message !== null
        ? database.all<Row>(journeysSql.ofNumber, message, journeyLimits.lookedThroughMax)
        : journey !== null
          ? database.all<Row>(journeysSql.journey, journey)
          : database.all<Row>(journeysSql.ofLetter, station.letter)
    const of = concerned.map(({ messageId, sender, recipient }) => ({ messageId, sender, recipient }))
    return { station, of }
  })
  return { news: found, cursor: rows.at(-1)?.number ?? Math.max(cursor, 0) }
}

async function prune(database: Database, keepDays: number): Promise<void> {
  const { prunedAtOnceMax, pruneRoundsMax } = journeyLimits
  for (let round = 0; round < pruneRoundsMax; round += 1) {
    const some = () => Math.max(pruneSome(database, keepDays), pruneArrivals(database, keepDays))
    if ((await database.commit(some)) < prunedAtOnceMax) break
  }
}

/** Inside a commit. Answers how many went. */
function pruneSome(database: Database, keepDays: number): number {
  const limit = journeyLimits.prunedAtOnceMax
  const gone =
    keepDays === 0
      ? database.all<{ number: number; message: number }>(journeysSql.any, limit)
      : database.all<{ number: number; message: number }>(journeysSql.ended, today(database) - keepDays, limit)
  for (const { number, message } of gone) {
    const letters = database.all<{ letter: number }>('SELECT letter FROM journey_legs WHERE journey = ?', number)
    database.run('DELETE FROM journeys WHERE number = ?', number)
    for (const { letter } of letters) {
      const unused = `DELETE FROM journey_letters WHERE number = ?1
        AND NOT EXISTS (SELECT 1 FROM journey_legs WHERE letter = ?1)`
      database.run(unused, letter)
    }
    const unused = `DELETE FROM journey_messages WHERE number = ?1
      AND NOT EXISTS (SELECT 1 FROM journeys WHERE message = ?1)`
    database.run(unused, message)
  }
  return gone.length
}
