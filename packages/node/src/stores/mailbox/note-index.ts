/**
 * What is noted of letters for searches: the SQL of it. `0015-mail-notes.sql` says what the tables are; triggers see to
 * it that a new letter counts as unnoted, and that one that is gone is known to be.
 */
import type { MessageNote, NotedHead, SummaryField } from '@posthorn/imap'
import type { Database } from '../database/database.ts'
import { mailboxLimits } from './limits.ts'

export interface NotePlace {
  readonly folder: number
  readonly uid: number
}

export interface UnnotedLetter extends NotePlace {
  readonly user: string
}

/** From this uid to that. */
export interface Range {
  readonly folder: number
  readonly fromUid: number
  readonly toUid: number
}

/** One text that was compared. `head` only where it may hold what is looked for. */
export interface Compared {
  readonly uid: number
  readonly found: number
  readonly head: string | null
}

/** In what texts: bodies, heads, or heads of which the text is then told. */
export type Comparison = 'body' | 'head' | 'field'

/** What is looked for. */
export interface Wanted {
  readonly needle: string
  /** A query for the trigrams of the needle; undefined when it is too short to have any. */
  readonly trigrams: string | undefined
}

const columns: Readonly<Record<SummaryField, string>> = {
  sentAt: 'sent_at',
  sentDay: 'sent_day',
  subject: 'subject',
  isReply: 'is_reply',
  from: 'sender',
  to: 'recipient',
  cc: 'copied_to',
  displayFrom: 'shown_sender',
  displayTo: 'shown_to',
  messageId: 'message_id',
  references: 'ancestors',
}

const results: Readonly<Record<Comparison, string>> = {
  body: 'instr(body, ?4) > 0 AS found, NULL AS head',
  head: 'instr(head, ?4) > 0 AS found, NULL AS head',
  field: 'instr(head, ?4) > 0 AS found, iif(instr(head, ?4) > 0, head, NULL) AS head',
}

const uidOf = (place: string) => `${place} & 4294967295 AS uid`
const within = (place: string) => `${place} > (?1 << 32) + ?2 AND ${place} <= (?1 << 32) + ?3`
const { textsComparedAtOnceMax, summariesAtOnceMax } = mailboxLimits

/** Of one header; the last is null where no structure is noted. */
type HeadFacts = [uid: number, bodyStart: number, headerBytes: number, structureBytes: number | null]

interface HeadersRow {
  readonly facts: string
  /** One after the other. Null when there are none. */
  readonly headers: Uint8Array | null
  readonly structures: Uint8Array | null
}

/** In one row: an eighth of the time of as many rows. As texts the bytes are joined as they are. */
const headersQuery = `SELECT
    json_group_array(json_array(uid, body_start, length(bytes), length(structure))) AS facts,
    CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB) AS headers,
    CAST(group_concat(CAST(structure AS TEXT), '') AS BLOB) AS structures
  FROM (SELECT uid, body_start, bytes, structure
    FROM json_each(?2) CROSS JOIN mail_headers ON folder = ?1 AND uid = value)`

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export class NoteIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Some letters that are not noted, in the order of their places, from behind a place. */
  unnoted(after: NotePlace): UnnotedLetter[] {
    const sql = `SELECT mail_folders.user, folder, uid
      FROM mail_unnoted JOIN mail_folders ON mail_folders.id = folder
      WHERE (folder, uid) > (?, ?) ORDER BY folder, uid LIMIT ${mailboxLimits.notedAtOnceMax}`
    return this.#database.all(sql, after.folder, after.uid)
  }

  /** Inside a commit. Nothing happens when the letter is gone, or noted. */
  add({ folder, uid }: UnnotedLetter, note: MessageNote): void {
    if (this.#database.run('DELETE FROM mail_unnoted WHERE folder = ? AND uid = ?', folder, uid) === 0) return
    const { summary, header, head, body, complete } = note
    this.#database.run(
      `INSERT INTO mail_summaries (folder, uid, ${Object.values(columns).join(', ')})
         VALUES (?, ?, ${Object.keys(columns).fill('?').join(', ')})`,
      folder,
      uid,
      ...Object.keys(columns).map(field => summary[field as SummaryField]),
    )
    if (header !== null) {
      const sql = 'INSERT INTO mail_headers (folder, uid, body_start, bytes, structure) VALUES (?, ?, ?, ?, ?)'
      const structure = header.structure === null ? null : Buffer.from(header.structure, 'latin1')
      this.#database.run(sql, folder, uid, header.bodyStart, Buffer.from(header.text, 'latin1'), structure)
    }
    const place = '(?1 << 32) + ?2'
    const text = `INSERT INTO mail_texts (place, complete, head, body) VALUES (${place}, ?3, ?4, ?5)`
    this.#database.run(text, folder, uid, complete ? 1 : 0, head, body)
    for (const [part, letters] of [
      ['head', head],
      ['body', body],
    ] as const) {
      if (letters === '') continue
      const trigrams = `INSERT INTO mail_${part}_trigrams (rowid, text) VALUES (${place}, ?3)`
      this.#database.run(trigrams, folder, uid, letters)
    }
  }

  headers(folder: number, uids: readonly number[]): Map<number, NotedHead> {
    const row = this.#database.get<HeadersRow>(headersQuery, folder, JSON.stringify(uids))
    const heads = new Map<number, NotedHead>()
    if (row === undefined || row.headers === null) return heads
    // Each string is made of its bytes: a piece of a larger string would keep all of that in memory.
    const headers = bufferOf(row.headers)
    const structures = row.structures === null ? undefined : bufferOf(row.structures)
    let at = 0
    let structureAt = 0
    for (const [uid, bodyStart, headerBytes, structureBytes] of JSON.parse(row.facts) as HeadFacts[]) {
      const text = headers.toString('latin1', at, at + headerBytes)
      const structureEnd = structureAt + (structureBytes ?? 0)
      const structure = structureBytes === null ? null : structures?.toString('latin1', structureAt, structureEnd)
      heads.set(uid, { bodyStart, text, structure: structure ?? null })
      at += headerBytes
      structureAt = structureEnd
    }
    return heads
  }

  /** Some letters that are gone, of which something is noted. */
  gone(): NotePlace[] {
    return this.#database.all(`SELECT folder, uid FROM mail_gone LIMIT ${mailboxLimits.clearedAtOnceMax}`)
  }

  /** Inside a commit. Clears away what is noted of a letter that is gone. */
  clear({ folder, uid }: NotePlace): void {
    for (const table of ['mail_head_trigrams', 'mail_body_trigrams']) {
      // Only what is there: else it would remember that it is not.
      const there = 'SELECT place FROM mail_texts WHERE place = (?1 << 32) + ?2'
      this.#database.run(`DELETE FROM ${table} WHERE rowid IN (${there})`, folder, uid)
    }
    this.#database.run('DELETE FROM mail_texts WHERE place = (?1 << 32) + ?2', folder, uid)
    for (const table of ['mail_summaries', 'mail_headers', 'mail_gone']) {
      this.#database.run(`DELETE FROM ${table} WHERE folder = ? AND uid = ?`, folder, uid)
    }
  }

  /** Inside a commit: everything has to be noted anew. */
  forgetAll(): void {
    for (const table of ['mail_head_trigrams', 'mail_body_trigrams']) {
      this.#database.run(`INSERT INTO ${table} (${table}) VALUES ('delete-all')`)
    }
    const tables = ['mail_texts', 'mail_summaries', 'mail_headers', 'mail_gone']
    for (const table of tables) this.#database.run(`DELETE FROM ${table}`)
    this.#database.run('INSERT OR IGNORE INTO mail_unnoted SELECT folder, uid FROM mail_messages')
  }

  /** Letters of which nothing, or not all, is noted. */
  unknown({ folder, fromUid, toUid }: Range): number[] {
    const nothing = 'SELECT uid FROM mail_unnoted WHERE folder = ?1 AND uid > ?2 AND uid <= ?3'
    const part = `SELECT ${uidOf('place')} FROM mail_texts INDEXED BY mail_texts_cut
      WHERE complete = 0 AND ${within('place')}`
    return [nothing, part].flatMap(sql => this.#uids(sql, folder, fromUid - 1, toUid))
  }

  all({ folder, fromUid, toUid }: Range): number[] {
    const sql = 'SELECT uid FROM mail_messages WHERE folder = ?1 AND uid > ?2 AND uid <= ?3'
    return this.#uids(sql, folder, fromUid - 1, toUid)
  }

  #uids(sql: string, ...values: number[]): number[] {
    return this.#database.all<{ uid: number }>(sql, ...values).map(({ uid }) => uid)
  }

  /** Compares some texts, those that come first in the range; with trigrams only those that have them. */
  compare(range: Range, what: Comparison, { needle, trigrams }: Wanted): Compared[] {
    const { folder, fromUid, toUid } = range
    const values = [folder, fromUid - 1, toUid, needle]
    if (trigrams === undefined) {
      const sql = `SELECT ${uidOf('place')}, ${results[what]} FROM mail_texts
        WHERE ${within('place')} ORDER BY place LIMIT ${textsComparedAtOnceMax}`
      return this.#database.all(sql, ...values)
    }
    const table = what === 'body' ? 'mail_body_trigrams' : 'mail_head_trigrams'
    const candidates = `SELECT rowid AS candidate FROM ${table}
      WHERE ${table} MATCH ?5 AND ${within('rowid')} ORDER BY rowid LIMIT ${textsComparedAtOnceMax}`
    const sql = `SELECT ${uidOf('place')}, ${results[what]} FROM (${candidates}) CROSS JOIN mail_texts
      ON place = candidate ORDER BY candidate`
    return this.#database.all(sql, ...values, trigrams)
  }

  /** Values of summaries, some at a time: uids and values in the same order. Empty at the end. */
  summaries<Value>(folder: number, afterUid: number, field: SummaryField): { uids: number[]; values: Value[] } {
    // As JSON: a tenth of the time of as many rows.
    const sql = `SELECT json_group_array(uid) AS uids, json_group_array(value) AS "values"
      FROM (SELECT uid, ${columns[field]} AS value FROM mail_summaries
        WHERE folder = ? AND uid > ? ORDER BY uid LIMIT ${summariesAtOnceMax})`
    const row = this.#database.get<{ uids: string; values: string }>(sql, folder, afterUid)
    return { uids: JSON.parse(row?.uids ?? '[]'), values: JSON.parse(row?.values ?? '[]') }
  }
}
