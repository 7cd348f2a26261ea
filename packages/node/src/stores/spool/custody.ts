/** Letters of ours that wait for their receipts: see `keeping.ts`. */
import type { NodeId, PacketId, RandomSource } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { generation } from '../database/restores.ts'
import type { Station } from '../journeys/journeys.ts'
import { noteStation } from '../journeys/note.ts'
import type { Bodies } from './bodies.ts'
import type { Envelope } from './envelope.ts'
import type { Custody, CustodySummary, KeptLetter, LetterNumber, Receipted } from './keeping.ts'
import { spoolLimits } from './limits.ts'
import { type PatiencePolicy, patienceMs, type RoadTimes } from './patience.ts'
import { latest, rangesOf } from './ranges.ts'
import type { NewOutbound } from './spool.ts'

export interface CustodyParts {
  readonly database: Database
  readonly bodies: Bodies
  readonly policy: PatiencePolicy
}

type Row = Omit<KeptLetter, 'envelope' | 'hasBody' | 'roads'> & { readonly envelope: string; readonly hasBody: number }

const columns = `sequence, id, destination, niceness, message_id AS messageId, envelope, size_bytes AS sizeBytes,
  committed_at AS at, handed_over_at AS handedOverAt, has_body AS hasBody`

/** Exported for the test that reads their query plans. */
export const silentSql = `SELECT ${columns} FROM custody WHERE due <= ? ORDER BY due LIMIT ?`
export const numbersSql = `
  SELECT number FROM custody WHERE destination = ? AND series = ? ORDER BY number DESC LIMIT ?`
export const heldSql = `
  SELECT id FROM custody WHERE handed_over_at IS NOT NULL AND has_body = 1 ORDER BY sequence LIMIT ?`
export const letGoSql = 'SELECT count(*) AS letters FROM custody WHERE has_body = 0'

export function sqlCustody(parts: CustodyParts): Omit<Custody, keyof Receipted> {
  const { database, bodies } = parts
  const numbers = new Numbers(database)
  const lettersOf = (rows: readonly Row[]) => rows.map(row => letterOf(database, row))
  return {
    number: async destination => numbers.next(destination),

    async get(id) {
      return lettersOf(database.all<Row>(`SELECT ${columns} FROM custody WHERE id = ?`, id))[0]
    },

    async page(destination, { after, limit }) {
      const sql = `SELECT ${columns} FROM custody WHERE destination = ? AND sequence > ? ORDER BY sequence LIMIT ?`
      return lettersOf(database.all<Row>(sql, destination, after, limit))
    },

    async open(id) {
      const sql = 'SELECT 1 FROM custody WHERE id = ? AND has_body = 1'
      return database.get(sql, id) === undefined ? undefined : bodies.open(id)
    },

    async summary() {
      const sql = `SELECT destination, letters, handed_over AS handedOver, size_bytes AS bytes FROM custody_summary
        ORDER BY destination`
      return database.all<CustodySummary>(sql)
    },

    async ran(ms) {
      if (database.get('SELECT 1 FROM custody LIMIT 1') === undefined) return
      await database.commit(() => database.run('UPDATE running SET ms = ms + ?', Math.floor(ms)))
    },

    async silent(limit) {
      return lettersOf(database.all<Row>(silentSql, running(database), limit))
    },

    sendAgain: (id, again) => sendAgain(parts, id, again),

    hurry: (id, destination) =>
      database.commit(() => {
        const sql = 'UPDATE custody SET due = 0 WHERE id = ? AND destination = ? AND has_body = 1'
        return database.run(sql, id, destination) > 0
      }),

    async waitOn(id) {
      await database.commit(() => waitFor(parts, id, { road: null, onMedium: false, more: 1 }))
    },

    async dropRoad(packet) {
      const freed = await database.commit(() => {
        const { letter } =
          database.get<{ letter: string | null }>('SELECT custody AS letter FROM outbox WHERE id = ?', packet) ?? {}
        if (!letter) return []
        database.run('DELETE FROM outbox WHERE id = ?', packet)
        database.run('UPDATE custody SET due = 0 WHERE id = ?', letter)
        return bodies.release(packet)
      })
      await bodies.reap(freed)
    },

    limitBodies: bytesMax => limitBodies(parts, bytesMax),

    async letGo() {
      return database.get<{ letters: number }>(letGoSql)?.letters ?? 0
    },
  }
}

function letterOf(database: Database, { envelope, hasBody, ...row }: Row): KeptLetter {
  const sql = `SELECT road, tries, handed_to AS handedTo, EXISTS (
      SELECT 1 FROM outbox WHERE outbox.custody = custody_roads.letter AND outbox.road = custody_roads.road) AS waits
    FROM custody_roads WHERE letter = ? ORDER BY road`
  type Road = { road: string; tries: number; handedTo: NodeId | null; waits: number }
  const roads = database
    .all<Road>(sql, row.id)
    .map(({ road, tries, handedTo, waits }) => ({ road: roadOf(road), tries, handedTo, waits: waits === 1 }))
  return { ...row, envelope: JSON.parse(envelope) as Envelope, hasBody: hasBody === 1, roads }
}

function roadOf(text: string): NodeId[] {
  return text === '' ? [] : (text.split(' ') as NodeId[])
}

/** Whether the spool has not been opened since this database was made or restored. */
export function isNewGeneration(database: Database): boolean {
  return database.get('SELECT 1 FROM letter_series WHERE generation = ?', generation(database)) === undefined
}

/** At the opening of the spool: the series of this database, made anew when it was restored. */
export function prepareSeries(database: Database, random: RandomSource): void {
  if (!isNewGeneration(database)) return
  const series = Buffer.from(random(8)).toString('hex')
  database.transaction(() => database.run('INSERT INTO letter_series VALUES (?, ?)', generation(database), series))
}

/** What was given and never committed is a gap, which nobody hears of: only ranges that wait are told. */
class Numbers {
  readonly #database: Database
  readonly #last = new Map<NodeId, number>()

  constructor(database: Database) {
    this.#database = database
  }

  next(destination: NodeId): LetterNumber {
    const current = generation(this.#database)
    const sql = 'SELECT series FROM letter_series WHERE generation = ?'
    const { series = '' } = this.#database.get<{ series: string }>(sql, current) ?? {}
    const number = (this.#last.get(destination) ?? this.#committed(destination, series)) + 1
    this.#last.set(destination, number)
    const waiting = latest(this.#waiting(destination, series), spoolLimits.waitingRangesMax)
    return { series, generation: current, number, waiting, day: today(this.#database) }
  }

  #committed(destination: NodeId, series: string): number {
    const sql = 'SELECT last FROM letter_numbers WHERE destination = ? AND series = ?'
    return this.#database.get<{ last: number }>(sql, destination, series)?.last ?? 0
  }

  /** As a rule they follow on each other, and then their ends say it all. */
  #waiting(destination: NodeId, series: string) {
    const database = this.#database
    const ends = database.get<{ first: number | null; last: number | null; letters: number | null; others: number }>(
      `SELECT (SELECT min(number) FROM custody WHERE destination = ?1 AND series = ?2) AS first,
         (SELECT max(number) FROM custody WHERE destination = ?1 AND series = ?2) AS last,
         (SELECT letters FROM custody_summary WHERE destination = ?1) AS letters,
         EXISTS (SELECT 1 FROM custody WHERE destination = ?1 AND series < ?2)
           OR EXISTS (SELECT 1 FROM custody WHERE destination = ?1 AND series > ?2) AS others`,
      destination,
      series,
    )
    const { first = null, last = null, letters, others } = ends ?? {}
    if (first === null || last === null) return []
    if (others === 0 && last - first + 1 === letters) return [[first, last]] as const
    const rows = database.all<{ number: number }>(numbersSql, destination, series, spoolLimits.waitingNumbersMax)
    return rangesOf(rows.map(({ number }) => number))
  }
}

export function running(database: Database): number {
  return database.get<{ ms: number }>('SELECT ms FROM running')?.ms ?? 0
}

/** Inside a commit, after its packet entered the outbox: the letter is in custody from now on. */
export function takeCustody({ database, bodies, policy }: CustodyParts, packet: NewOutbound): void {
  const { staged, custody, destination } = packet
  if (custody === undefined) return
  const { number, road } = custody
  const inner = staged.inner ?? staged
  bodies.keep(inner)
  database.run(
    `INSERT INTO custody (sequence, id, destination, niceness, message_id, envelope, size_bytes, committed_at, day,
         tells_success, series, number, due)
       SELECT sequence, ?2, destination, niceness, message_id, envelope, ?3, committed_at, day, tells_success,
           ?4, ?5, ?6
         FROM outbox WHERE id = ?1`,
    ...[staged.id, inner.id, inner.sizeBytes, number.series, number.number, running(database) + policy.unsentMs],
  )
  database.run('INSERT INTO custody_roads (letter, road, tries) VALUES (?, ?, 1)', inner.id, road.join(' '))
  database.run(
    `INSERT INTO letter_numbers VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET
       last = CASE WHEN series = ?2 THEN max(last, ?3) ELSE ?3 END, series = ?2`,
    ...[destination, number.series, number.number],
  )
}

/** Inside a commit, before the packet leaves the outbox: another node has it now. */
export function handedOn({ database, ...parts }: CustodyParts, id: PacketId, to: NodeId | null, at: number): void {
  const sql = `SELECT custody AS letter, road, next_hop AS nextHop,
      EXISTS (SELECT 1 FROM outbox_copies WHERE id = outbox.id) AS onMedium FROM outbox
    WHERE id = ? AND custody IS NOT NULL`
  const row = database.get<{ letter: PacketId; road: string; nextHop: NodeId; onMedium: number }>(sql, id)
  if (row === undefined) return
  const { letter, road, nextHop, onMedium } = row
  const set = 'UPDATE custody SET handed_over_at = coalesce(handed_over_at, ?2) WHERE id = ?1'
  if (database.run(set, letter, Math.floor(at)) === 0) return
  database.run(
    'UPDATE custody_roads SET handed_to = ?3, handed = ?4 WHERE letter = ?1 AND road = ?2',
    ...[letter, road, to ?? nextHop, running(database)],
  )
  waitFor({ database, ...parts }, letter, { road, onMedium: onMedium === 1, more: 0 })
}

/** Inside a commit: the letter's silence begins now. Without a road: as long as it lasted on the last one. */
function waitFor(
  { database, policy }: CustodyParts,
  id: PacketId,
  { road, onMedium, more }: { road: string | null; onMedium: boolean; more: number },
): void {
  const row = database.get<{ destination: NodeId; tries: number; last: string | null }>(
    `SELECT destination, tries,
       (SELECT road FROM custody_roads WHERE letter = ?1 ORDER BY handed DESC LIMIT 1) AS last
     FROM custody WHERE id = ?1`,
    id,
  )
  if (row === undefined) return
  const { destination, last } = row
  const on = road ?? last ?? ''
  const sql = `SELECT smoothed_ms AS smoothedMs, deviation_ms AS deviationMs FROM road_times
    WHERE destination = ? AND road = ?`
  const times = database.get<RoadTimes>(sql, destination, on)
  const tries = row.tries + more
  const dueInMs = patienceMs(policy, { times, tries, onMedium, isFar: on !== '' })
  database.run(
    'UPDATE custody SET due = ?2, tries = ?3 WHERE id = ?1',
    ...[id, running(database) + Math.floor(dueInMs), tries],
  )
}

type Again = Parameters<Custody['sendAgain']>[1]

async function sendAgain(parts: CustodyParts, id: PacketId, again: Again): Promise<boolean> {
  const { database, bodies, policy } = parts
  const { packet, road, nextHop, at } = again
  return bodies.commitWith(packet === null ? [] : [packet], () => {
    const packetId = packet?.id ?? id
    const there = database.get('SELECT 1 FROM outbox WHERE id = ?', packetId) !== undefined
    const kept = database.get('SELECT 1 FROM custody WHERE id = ? AND has_body = 1', id) !== undefined
    if (there || !kept) return false
    if (packet !== null) bodies.keep(packet)
    // Else copies of it would be taken off media as soon as they lie there.
    database.run('DELETE FROM acknowledged WHERE id = ?', packetId)
    database.run(
      `INSERT INTO outbox (id, next_hop, destination, niceness, kind, message_id, size_bytes, committed_at, day,
           custody, letter, road)
         SELECT ?2, ?3, destination, niceness, 'letter', message_id, ?4, ?5, ?6, id, id, ?7 FROM custody WHERE id = ?1`,
      ...[id, packetId, nextHop, packet?.sizeBytes ?? bodies.open(id)?.sizeBytes ?? 0, at, today(database)],
      road.join(' '),
    )
    database.run(
      `INSERT INTO custody_roads (letter, road, tries) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET tries = tries + 1`,
      ...[id, road.join(' ')],
    )
    const due = running(database) + policy.unsentMs
    database.run('UPDATE custody SET tries = tries + 1, due = ?2 WHERE id = ?1', id, due)
    noteStation(database, { letter: id }, resent({ nextHop, packet: packet?.id ?? null, at }))
    return true
  })
}

/** Once more, by whom. */
export function resent(again: { nextHop: NodeId; packet: PacketId | null; at: number }): Station {
  return { kind: 'resent', at: again.at, where: again.nextHop, evidence: again.packet }
}

/** Inside a commit: as `endCustody`, without a receipt. One that comes later is still believed. */
export function giveUpCustody(database: Database, bodies: Bodies, id: PacketId, told: boolean): PacketId[] {
  database.run(
    `INSERT OR REPLACE INTO given_up (id, sequence, destination, message_id, envelope, committed_at, told, day)
       SELECT id, sequence, destination, message_id, envelope, committed_at, ?2, ?3 FROM custody WHERE id = ?1`,
    ...[id, told ? 1 : 0, today(database)],
  )
  return endCustody(database, bodies, id)
}

/** Inside a commit: the letter leaves custody, and all its packets leave with it. Answers what is left to reap. */
export function endCustody(database: Database, bodies: Bodies, id: PacketId): PacketId[] {
  const packets = database.all<{ id: PacketId }>('SELECT id FROM outbox WHERE custody = ?', id)
  database.run('DELETE FROM outbox WHERE custody = ?', id)
  database.run('DELETE FROM custody WHERE id = ?', id)
  const ids = new Set([id, ...packets.map(packet => packet.id)])
  return [...ids].flatMap(one => bodies.release(one))
}

async function limitBodies({ database, bodies }: CustodyParts, bytesMax: number): Promise<number> {
  const kept = () => {
    const sql = `SELECT size_bytes AS bytes FROM spool_counts WHERE room = 'custody'`
    return database.get<{ bytes: number }>(sql)?.bytes ?? 0
  }
  let dropped = 0
  while (kept() > bytesMax) {
    const before = dropped
    const freed = await database.commit(() => {
      const oldest = database.all<{ id: PacketId }>(heldSql, spoolLimits.bodiesLetGoAtOnceMax)
      return oldest.flatMap(({ id }) => {
        if (kept() <= bytesMax) return []
        dropped += database.run('UPDATE custody SET has_body = 0 WHERE id = ?', id)
        return bodies.release(id)
      })
    })
    await bodies.reap(freed)
    // What is counted is not there: a damaged database ends no loop.
    if (dropped === before) break
  }
  return dropped
}
