/**
 * Notes of stations, inside the commits of other stores: what happened and the note of it are there together, or
 * neither is. Of what no journey is known, nothing is noted.
 */
import type { PacketId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { kept } from '../spool/words.ts'
import { forgetArrivals, noteArrival } from './arrivals.ts'
import type { JourneyNotes, SealedLetter, SettingOut, Station, Travelling } from './journeys.ts'
import { journeyLimits } from './limits.ts'
import { tellNews } from './news.ts'
import { endedDay, isThere } from './state.ts'

/** What a station is kept with. */
type Scope = 'message' | 'journey' | 'letter'

const stationColumns = 'kind, at, heard_at, place, road, evidence, reason'
const insertSql: Record<Scope, string> = {
  message: `INSERT INTO journey_stations (message, ${stationColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  journey: `INSERT INTO journey_stations (journey, ${stationColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  letter: `INSERT INTO journey_stations (letter, ${stationColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
}

/** Exported, like those below, for the test that reads their query plans. */
export const sameKindSql: Record<Scope, string> = {
  message: 'SELECT place, road, evidence FROM journey_stations WHERE message = ? AND kind = ?',
  journey: 'SELECT place, road, evidence FROM journey_stations WHERE journey = ? AND kind = ?',
  letter: 'SELECT place, road, evidence FROM journey_stations WHERE letter = ? AND kind = ?',
}
export const concernedSql: Record<Scope, string> = {
  message: 'SELECT number, ended_day AS endedDay FROM journeys WHERE message = ?',
  journey: 'SELECT number, ended_day AS endedDay FROM journeys WHERE number = ?',
  letter: `SELECT number, ended_day AS endedDay FROM journeys
    WHERE number IN (SELECT journey FROM journey_legs WHERE letter = ?)`,
}
export const kindsSql = `
  SELECT kind FROM journey_stations WHERE journey = ?1
  UNION SELECT kind FROM journey_stations WHERE letter IN (SELECT letter FROM journey_legs WHERE journey = ?1)`
const messageSql = 'SELECT number FROM journey_messages WHERE message_id = ? AND sender = ?'
const letterSql = 'SELECT number FROM journey_letters WHERE id = ?'
const journeySql = 'SELECT number FROM journeys WHERE message = ? AND recipient = ?'
export const journeyOfLetterSql = `
  SELECT number FROM journeys WHERE recipient = ?2 AND number IN (SELECT journey FROM journey_legs WHERE letter = ?1)`

/** The same as what the twins in memory have. */
export function notesOf(database: Database): JourneyNotes {
  return {
    noteSetOut: letter => noteSetOut(database, letter),
    noteSealed: letter => noteSealed(database, letter),
    noteStation: (of, station) => noteStation(database, of, station),
    noteLetGo: letter => noteLetGo(database, letter),
    noteArrival: arrival => noteArrival(database, arrival),
    forgetArrivals: user => forgetArrivals(database, user),
  }
}

/** Inside a commit: a letter of somebody here was taken in for these recipients. */
export function noteSetOut(database: Database, letter: SettingOut): void {
  setOut(database, letter)
}

/** Inside a commit: the same, and it was sealed for their node. */
export function noteSealed(database: Database, sealed: SealedLetter): void {
  const { letter: id, packet, destination, at } = sealed
  const journeys = setOut(database, sealed)
  const add = 'INSERT INTO journey_letters (id, destination) VALUES (?, ?) ON CONFLICT DO NOTHING'
  database.run(add, id, destination)
  const letter = numberOf(database, letterSql, id)
  if (letter === undefined) return
  for (const journey of journeys) {
    database.run('INSERT INTO journey_legs (journey, letter) VALUES (?, ?) ON CONFLICT DO NOTHING', journey, letter)
  }
  const evidence = packet === id ? null : packet
  insert(database, 'letter', letter, { kind: 'sealed', at, where: destination, evidence })
}

/** Inside a commit. */
export function noteStation(database: Database, of: Travelling, station: Station): void {
  for (const [scope, number] of scopesOf(database, of)) insert(database, scope, number, station)
}

function setOut(database: Database, { messageId, sender, recipients, at }: SettingOut): number[] {
  const id = kept(messageId, journeyLimits.messageIdLettersMax)
  const from = kept(sender, journeyLimits.addressLettersMax)
  database.run('INSERT INTO journey_messages (message_id, sender) VALUES (?, ?) ON CONFLICT DO NOTHING', id, from)
  const message = numberOf(database, messageSql, id, from)
  if (message === undefined) return []
  const journeys = recipients.flatMap(recipient => {
    const to = kept(recipient, journeyLimits.addressLettersMax)
    database.run('INSERT INTO journeys (message, recipient) VALUES (?, ?) ON CONFLICT DO NOTHING', message, to)
    return numberOf(database, journeySql, message, to) ?? []
  })
  insert(database, 'message', message, { kind: 'accepted', at, where: null })
  return journeys
}

function scopesOf(database: Database, of: Travelling): readonly (readonly [Scope, number])[] {
  const { recipients } = of
  const isLetter = 'letter' in of
  const whole = isLetter
    ? numberOf(database, letterSql, of.letter)
    : numberOf(database, messageSql, kept(of.messageId, journeyLimits.messageIdLettersMax), of.sender)
  if (whole === undefined) return []
  if (recipients === undefined) return [[isLetter ? 'letter' : 'message', whole]]
  const sql = isLetter ? journeyOfLetterSql : journeySql
  return recipients.flatMap(recipient => {
    const number = numberOf(database, sql, whole, kept(recipient, journeyLimits.addressLettersMax))
    return number === undefined ? [] : [['journey', number] as const]
  })
}

function insert(database: Database, scope: Scope, number: number, station: Station): void {
  const { kind, at, heardAt = at, where, road = null, evidence = null, reason = null } = station
  const facts = {
    place: where,
    road: road && kept(road, journeyLimits.roadLettersMax),
    evidence: evidence && kept(evidence, journeyLimits.evidenceLettersMax),
  }
  const known = database.all<typeof facts>(sameKindSql[scope], number, kind)
  const isSame = (one: typeof facts) =>
    one.place === facts.place && one.road === facts.road && one.evidence === facts.evidence
  if (known.length >= journeyLimits.stationsPerKindMax || known.some(isSame)) return
  const words = reason && kept(reason, journeyLimits.reasonLettersMax)
  const { place, road: by, evidence: known_by } = facts
  database.run(insertSql[scope], number, kind, Math.floor(at), Math.floor(heardAt), place, by, known_by, words)
  end(database, scope, number, kind)
  tellNews(database)
}

interface Concerned {
  readonly number: number
  readonly endedDay: number | null
}

function end(database: Database, scope: Scope, number: number, kind: Station['kind']): void {
  const day = today(database)
  const concerned = database.all<Concerned>(concernedSql[scope], number)
  for (const { number: journey, endedDay: before } of concerned) {
    const kinds = () => isThere(database.all<Pick<Station, 'kind'>>(kindsSql, journey))
    const after = endedDay(kind, { day, before, isThere: kinds })
    if (after !== before) database.run('UPDATE journeys SET ended_day = ? WHERE number = ?', after, journey)
  }
}

function numberOf(database: Database, sql: string, ...values: (string | number)[]): number | undefined {
  return database.get<{ number: number }>(sql, ...values)?.number
}

/** Inside a commit: it has left for one who never confirms. Nothing more may be heard of it. */
export function noteLetGo(database: Database, letter: PacketId): void {
  const number = numberOf(database, letterSql, letter)
  if (number === undefined) return
  const day = today(database) + journeyLimits.silentDays
  for (const { number: journey, endedDay } of database.all<Concerned>(concernedSql.letter, number)) {
    if (endedDay === null) database.run('UPDATE journeys SET ended_day = ? WHERE number = ?', day, journey)
  }
}

/** Inside a commit: the letter inside a packet of the outbox. */
export function letterInside(database: Database, packet: PacketId): PacketId | undefined {
  return database.get<{ letter: PacketId }>('SELECT coalesce(letter, id) AS letter FROM outbox WHERE id = ?', packet)
    ?.letter
}
