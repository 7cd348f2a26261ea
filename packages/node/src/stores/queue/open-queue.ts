import { memoryDays, today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { diskFiles } from '../files/index.ts'
import { notesOf } from '../journeys/note.ts'
import type { Envelope } from '../spool/envelope.ts'
import { kept as keptWords } from '../spool/words.ts'
import { knownKey, letterHash, newHandovers } from './keys.ts'
import { LetterFiles, type LettersOptions, type WrittenLetter } from './letters.ts'
import { queueLimits } from './limits.ts'
import type { Conclusion, GatewayQueue, Handover, LetterToQueue, QueueStore } from './queue.ts'
import { noteConcluded, noteQueued, noteWarned } from './tracking.ts'

export type QueueOptions = Omit<LettersOptions, 'files' | 'inlineBytesMax'> &
  Partial<Pick<LettersOptions, 'files' | 'inlineBytesMax'>>

interface Row extends Omit<Handover, 'envelope' | 'warned' | 'begun'> {
  readonly letter: number
  readonly recipients: string
  readonly envelope: string
  readonly warned: number
  readonly begun: number
}

const columns = `handover.id, handover.letter, handover.gateway, handover.recipients,
  letter.message_id AS messageId, letter.envelope, handover.size_bytes AS sizeBytes, handover.queued_at AS queuedAt,
  (SELECT day FROM calendar) - handover.day AS ageDays, handover.attempts, handover.due_at AS dueAt,
  handover.reason, handover.warned, handover.begun`
const from = 'FROM queue_handovers AS handover JOIN queue_letters AS letter ON letter.number = handover.letter'

/** Exported for the test that reads their query plans. */
export const queueSql = {
  due: `SELECT ${columns} ${from} WHERE handover.gateway = ? AND handover.due_at IS NULL ORDER BY handover.id LIMIT ?`,
  nextDue: `SELECT due_at AS dueAt FROM queue_handovers WHERE gateway = ? AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1`,
  lastDue: `SELECT due_at AS dueAt FROM queue_handovers WHERE gateway = ? AND due_at IS NOT NULL
    ORDER BY due_at DESC LIMIT 1`,
  promotePast: `UPDATE queue_handovers SET due_at = NULL WHERE id IN
    (SELECT id FROM queue_handovers WHERE gateway = ? AND due_at <= ? ORDER BY due_at LIMIT ?)`,
  promoteFuture: `UPDATE queue_handovers SET due_at = NULL WHERE id IN
    (SELECT id FROM queue_handovers WHERE gateway = ? AND due_at > ? ORDER BY due_at DESC LIMIT ?)`,
  pageOfAll: `SELECT ${columns} ${from} WHERE handover.id > ? ORDER BY handover.id LIMIT ?`,
  pageOfGateway: `SELECT ${columns} ${from} WHERE handover.gateway = ? AND handover.id > ?
    ORDER BY handover.id LIMIT ?`,
  aged: `SELECT ${columns} ${from} WHERE handover.day <= ? ORDER BY handover.day LIMIT ?`,
  agedSilent: `SELECT ${columns} ${from} WHERE handover.day <= ? AND handover.warned = 0 ORDER BY handover.day LIMIT ?`,
  outlived: `SELECT ${columns} ${from} WHERE handover.last_day < ? ORDER BY handover.last_day LIMIT ?`,
} as const
const oneSql = `SELECT ${columns} ${from} WHERE handover.id = ?`

/** The queue on SQLite and files. Removes what a crash has left over before it answers. */
export async function openQueue(options: QueueOptions): Promise<QueueStore> {
  const { database } = options
  const log = options.log.with({ room: 'queue' })
  const inlineBytesMax = options.inlineBytesMax ?? queueLimits.inlineBytesMax
  const letters = new LetterFiles({ ...options, log, files: options.files ?? diskFiles, inlineBytesMax })
  await letters.prepare()
  return {
    put: letter => put(database, letters, letter),
    ...reading(database),
    async open(id) {
      const sql = `SELECT letter.size_bytes AS sizeBytes, letter.bytes, letter.file ${from} WHERE handover.id = ?`
      const row = database.get<{ sizeBytes: number; bytes: Uint8Array | null; file: string | null }>(sql, id)
      return row === undefined ? undefined : letters.body(row)
    },
    async begin(id) {
      await database.commit(() => database.run('UPDATE queue_handovers SET begun = min(begun + 1, 2) WHERE id = ?', id))
    },
    async conclude(id, conclusion) {
      await letters.remove(await database.commit(() => conclude(database, id, conclusion)))
    },
    async warned(id, at) {
      await database.commit(() => {
        const row = database.get<Row>(oneSql, id)
        database.run('UPDATE queue_handovers SET warned = 1 WHERE id = ?', id)
        if (row !== undefined) noteWarned(notesOf(database), handoverOf(row), at)
      })
    },
    hurry: which => database.commit(() => hurry(database, which)),
    async summary() {
      const sql = 'SELECT gateway, letters, size_bytes AS bytes FROM queue_summary ORDER BY gateway'
      return database.all<GatewayQueue>(sql)
    },
    keepFiles: () => letters.keepFiles(),
    prune: () => prune(database),
  }
}

type Looking = 'due' | 'nextDueAt' | 'get' | 'ofMessage' | 'page' | 'aged' | 'outlived'

function reading(database: Database): Pick<QueueStore, Looking> {
  return {
    async due(gateway, now, limit) {
      await promote(database, gateway, now)
      return database.all<Row>(queueSql.due, gateway, limit).map(handoverOf)
    },
    async nextDueAt(gateway) {
      return database.get<{ dueAt: number }>(queueSql.nextDue, gateway)?.dueAt ?? null
    },
    async get(id) {
      const row = database.get<Row>(oneSql, id)
      return row === undefined ? undefined : handoverOf(row)
    },
    async ofMessage(messageId) {
      const sql = `SELECT ${columns} ${from} WHERE letter.message_id = ? ORDER BY handover.id`
      return database.all<Row>(sql, messageId).map(handoverOf)
    },
    async page({ gateway, after, limit }) {
      const rows =
        gateway === null
          ? database.all<Row>(queueSql.pageOfAll, after, limit)
          : database.all<Row>(queueSql.pageOfGateway, gateway, after, limit)
      return rows.map(handoverOf)
    },
    async aged(days, { silent, limit }) {
      const sql = silent ? queueSql.agedSilent : queueSql.aged
      return database.all<Row>(sql, today(database) - days, limit).map(handoverOf)
    },
    async outlived(limit) {
      return database.all<Row>(queueSql.outlived, today(database), limit).map(handoverOf)
    },
  }
}

async function put(database: Database, letters: LetterFiles, letter: LetterToQueue): Promise<number> {
  const written = await letters.write(letter.body, new AbortController().signal)
  let queued = 0
  try {
    queued = await database.commit(() => insert(database, letter, written))
  } finally {
    if (queued === 0) await letters.remove(written.file)
  }
  return queued
}

/** Inside a commit. Answers for how many recipients. */
function insert(database: Database, letter: LetterToQueue, written: WrittenLetter): number {
  const { envelope, messageId, at } = letter
  const hash = letterHash(letter.once, written.hash)
  const handovers = newHandovers(letter, recipient => {
    const key = knownKey({ hash, sender: envelope.returnPath }, recipient)
    const sql = 'INSERT INTO queue_known (id, day) VALUES (?, ?) ON CONFLICT DO NOTHING'
    return database.run(sql, key, today(database)) === 1
  })
  if (handovers.length === 0) return 0
  noteQueued(notesOf(database), letter, handovers)
  const row = database.get<{ number: number }>(
    `INSERT INTO queue_letters (message_id, envelope, hash, size_bytes, bytes, file)
       VALUES (?, ?, ?, ?, ?, ?) RETURNING number`,
    messageId,
    JSON.stringify(envelope),
    hash,
    written.sizeBytes,
    written.bytes,
    written.file,
  )
  for (const { gateway, recipients } of handovers) {
    database.run(
      `INSERT INTO queue_handovers (letter, gateway, recipients, size_bytes, queued_at, day, last_day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6 + ?7)`,
      row?.number ?? null,
      gateway,
      JSON.stringify(recipients),
      written.sizeBytes,
      at,
      today(database),
      envelope.wishes?.lifetimeDays ?? null,
    )
  }
  return handovers.reduce((sum, { recipients }) => sum + recipients.length, 0)
}

/** Inside a commit. Answers the file that is needed no more. */
function conclude(database: Database, id: number, conclusion: Conclusion): string | null {
  const { done, failed, later } = conclusion
  const row = database.get<Row>(oneSql, id)
  if (row === undefined) return null
  const handover = handoverOf(row)
  noteConcluded(notesOf(database), handover, conclusion)
  const ended = new Set([...done, ...failed])
  const left = handover.envelope.recipients.filter(address => !ended.has(address))
  if (failed.length > 0) forget(database, { letter: row.letter, sender: handover.envelope.returnPath }, failed)
  if (left.length > 0) {
    database.run('UPDATE queue_handovers SET recipients = ?2 WHERE id = ?1', id, JSON.stringify(left))
    if (later === null) return null
    const reason = keptWords(later.reason, queueLimits.reasonLettersMax)
    const putOff =
      'UPDATE queue_handovers SET due_at = ?2, attempts = attempts + 1, reason = ?3, begun = begun & 2 WHERE id = ?1'
    database.run(putOff, id, Math.floor(later.dueAt), reason)
    return null
  }
  database.run('DELETE FROM queue_handovers WHERE id = ?', id)
  const sql = `DELETE FROM queue_letters WHERE number = ?1
    AND NOT EXISTS (SELECT 1 FROM queue_handovers WHERE letter = ?1) RETURNING file`
  return database.get<{ file: string | null }>(sql, row.letter)?.file ?? null
}

function forget(database: Database, which: { letter: number; sender: string }, recipients: readonly string[]): void {
  const sql = 'SELECT hash FROM queue_letters WHERE number = ?'
  const hash = database.get<{ hash: Uint8Array }>(sql, which.letter)?.hash
  if (hash === undefined) return
  for (const recipient of recipients) {
    database.run('DELETE FROM queue_known WHERE id = ?', knownKey({ hash, sender: which.sender }, recipient))
  }
}

function hurry(database: Database, which: Parameters<QueueStore['hurry']>[0]): number {
  const sql = 'UPDATE queue_handovers SET due_at = NULL WHERE due_at IS NOT NULL'
  if (which === 'all') return database.run(sql)
  if ('id' in which) return database.run(`${sql} AND id = ?`, which.id)
  return database.run(`${sql} AND gateway = ?`, which.gateway)
}

async function promote(database: Database, gateway: string, now: number): Promise<void> {
  const { retryDelayMsMax, promotedAtOnceMax } = queueLimits
  const next = database.get<{ dueAt: number }>(queueSql.nextDue, gateway)?.dueAt
  if (next === undefined) return
  const last = database.get<{ dueAt: number }>(queueSql.lastDue, gateway)?.dueAt ?? next
  const horizon = now + retryDelayMsMax
  if (next > now && last <= horizon) return
  await database.commit(() => {
    database.run(queueSql.promotePast, gateway, now, promotedAtOnceMax)
    database.run(queueSql.promoteFuture, gateway, horizon, promotedAtOnceMax)
  })
}

async function prune(database: Database): Promise<void> {
  const { prunedAtOnceMax, pruneRoundsMax } = queueLimits
  const sql = 'DELETE FROM queue_known WHERE id IN (SELECT id FROM queue_known WHERE day < ? LIMIT ?)'
  for (let round = 0; round < pruneRoundsMax; round += 1) {
    const removed = await database.commit(() => database.run(sql, today(database) - memoryDays, prunedAtOnceMax))
    if (removed < prunedAtOnceMax) break
  }
}

function handoverOf(row: Row): Handover {
  const { letter: _, recipients, envelope, warned, begun, ...facts } = row
  const kept = JSON.parse(envelope) as Omit<Envelope, 'recipients'>
  const flags = { warned: warned === 1, begun: begun > 0 }
  return { ...facts, envelope: { ...kept, recipients: JSON.parse(recipients) as string[] }, ...flags }
}
