/**
 * The index of the Maildirs: what SQL the mailbox needs, and nothing of files.
 *
 * Methods named as deeds run inside a commit; the others only read.
 */
import type { FolderChanges, MessageRow } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { Noted } from './annotations.ts'
import { mailboxLimits } from './limits.ts'

export interface FolderRecord {
  readonly id: number
  readonly name: string
  readonly uidValidity: number
  readonly uidNext: number
  readonly modseq: number
  readonly expungedFrom: number
  readonly messages: number
  readonly unseen: number
  readonly sizeBytes: number
  readonly rebuilding: number
}

export interface MessageRecord {
  readonly uid: number
  /** Separated by spaces. */
  readonly flags: string
  readonly sizeBytes: number
  readonly internalDate: number
  /** Below the folder. */
  readonly file: string
}

export interface NewMessage {
  readonly uid: number
  readonly flags: readonly string[]
  readonly sizeBytes: number
  readonly internalDate: number
  readonly file: string
  /** A chat message that was delivered: it does not stay for ever. */
  readonly isChat?: boolean
}

const folderColumns = `id, name, uid_validity AS uidValidity, uid_next AS uidNext, modseq,
  expunged_from AS expungedFrom, messages, unseen, size_bytes AS sizeBytes, rebuilding`
const messageColumns = 'uid, flags, size_bytes AS sizeBytes, internal_date AS internalDate, file'
const changeColumns = `uid, flags, size_bytes AS sizeBytes, internal_date AS internalDate, modseq,
  added_modseq AS addedModseq`

/** Exported for the test that reads its query plan. */
export const changedSql = `SELECT ${changeColumns} FROM mail_messages WHERE folder = ? AND modseq > ?`
export const expungedSql =
  'SELECT uid FROM mail_expunged WHERE folder = ?1 AND modseq > ?2 AND added_modseq <= ?2 ORDER BY uid'
const placeSql = `SELECT mail_folders.name, file FROM mail_messages JOIN mail_folders ON mail_folders.id = folder
  WHERE folder = ? AND uid = ?`
export const deletedSql = `SELECT ${messageColumns} FROM mail_messages INDEXED BY mail_messages_deleted
  WHERE folder = ? AND deleted = 1 ORDER BY uid`

/** Exported for the test that reads its query plan. */
export const dueChatSql = `SELECT ${messageColumns} FROM mail_messages INDEXED BY mail_messages_chat
  WHERE folder = (SELECT id FROM mail_folders WHERE user = ?1 AND name = 'INBOX') AND chat_day IS NOT NULL
    AND chat_day <= min(?2, (SELECT chat_day - 1 FROM mail_users WHERE name = ?1))
  ORDER BY chat_day LIMIT ?3`

type ChangeRecord = Omit<MessageRecord, 'file'> & { readonly modseq: number; readonly addedModseq: number }

function messageRow({ uid, flags, sizeBytes, internalDate, modseq }: ChangeRecord): MessageRow {
  return { uid, flags: flagsOf(flags), sizeBytes, internalDate, modseq }
}

export function flagsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

export class MailIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  commit<T>(work: () => T): Promise<T> {
    return this.#database.commit(work)
  }

  // Users

  addUser(user: string): void {
    if (this.#database.run('INSERT OR IGNORE INTO mail_users (name) VALUES (?)', user) > 0) {
      this.#database.run(`INSERT INTO mail_subscriptions (user, name) VALUES (?, 'INBOX')`, user)
    }
  }

  /** All but the last UIDVALIDITY: whoever has the name next must not meet an old one again. */
  removeUser(user: string): void {
    for (const table of ['mail_folders', 'mail_deliveries', 'mail_subscriptions', 'mail_annotations']) {
      this.#database.run(`DELETE FROM ${table} WHERE user = ?`, user)
    }
    this.#database.run('UPDATE mail_users SET ready = 0, furnished = 0, chat_day = NULL WHERE name = ?', user)
    this.#database.run(
      `INSERT INTO mail_subscriptions (user, name) SELECT name, 'INBOX' FROM mail_users WHERE name = ?`,
      user,
    )
  }

  hasUser(user: string): boolean {
    return this.#database.get('SELECT 1 FROM mail_users WHERE name = ?', user) !== undefined
  }

  isReady(user: string): boolean {
    return this.#database.get('SELECT 1 FROM mail_users WHERE name = ? AND ready = 1', user) !== undefined
  }

  /** Delta Chat has seen all of INBOX. */
  noteChatDay(user: string): void {
    this.#database.run('UPDATE mail_users SET chat_day = ?2 WHERE name = ?1', user, today(this.#database))
  }

  chatUsers(): string[] {
    const rows = this.#database.all<{ name: string }>('SELECT name FROM mail_users WHERE chat_day IS NOT NULL')
    return rows.map(row => row.name)
  }

  /** Chat messages in INBOX that came so many days ago, and before Delta Chat was last seen there. */
  dueChat(user: string, days: number, limit: number): MessageRecord[] {
    return this.#database.all(dueChatSql, user, today(this.#database) - days, limit)
  }

  /** It stays until somebody removes it. */
  keepChat(folder: number, uid: number): void {
    this.#database.run('UPDATE mail_messages SET chat_day = NULL WHERE folder = ? AND uid = ?', folder, uid)
  }

  markReady(user: string): void {
    this.#database.run('UPDATE mail_users SET ready = 1 WHERE name = ?', user)
  }

  isFurnished(user: string): boolean {
    return this.#database.get('SELECT 1 FROM mail_users WHERE name = ? AND furnished = 1', user) !== undefined
  }

  markFurnished(user: string): void {
    this.#database.run('UPDATE mail_users SET furnished = 1 WHERE name = ?', user)
  }

  /** A UIDVALIDITY that no folder of the user ever had. */
  takeUidValidity(user: string, atLeast: number): number {
    const sql = `UPDATE mail_users SET last_uid_validity = max(last_uid_validity + 1, ?2) WHERE name = ?1
      RETURNING last_uid_validity AS value`
    return present(this.#database.get<{ value: number }>(sql, user, atLeast), 'the user of a new folder').value
  }

  noteUidValidity(user: string, uidValidity: number): void {
    const sql = 'UPDATE mail_users SET last_uid_validity = max(last_uid_validity, ?2) WHERE name = ?1'
    this.#database.run(sql, user, uidValidity)
  }

  // Deliveries

  wasDelivered(hashes: readonly string[]): boolean {
    const sql = 'SELECT 1 FROM mail_deliveries WHERE hash = ?'
    return hashes.some(hash => this.#database.get(sql, hash) !== undefined)
  }

  rememberDelivery(user: string, hashes: readonly string[]): void {
    const sql = 'INSERT OR IGNORE INTO mail_deliveries (hash, user, day) VALUES (?, ?, ?)'
    for (const hash of hashes) this.#database.run(sql, hash, user, today(this.#database))
  }

  forgetDeliveries(beforeDay: number): number {
    const sql = `DELETE FROM mail_deliveries
      WHERE hash IN (SELECT hash FROM mail_deliveries WHERE day < ? LIMIT ${mailboxLimits.prunedAtOnceMax})`
    return this.#database.run(sql, beforeDay)
  }

  // Subscriptions

  subscriptions(user: string): Set<string> {
    const rows = this.#database.all<{ name: string }>('SELECT name FROM mail_subscriptions WHERE user = ?', user)
    return new Set(rows.map(row => row.name))
  }

  subscribe(user: string, name: string, subscribed: boolean): void {
    const add = 'INSERT OR IGNORE INTO mail_subscriptions (user, name) VALUES (?, ?)'
    this.#database.run(subscribed ? add : 'DELETE FROM mail_subscriptions WHERE user = ? AND name = ?', user, name)
  }

  // Annotations; those of UIDVALIDITY 0 are of the account

  annotations(user: string, uidValidity: number): Map<string, Uint8Array> {
    const sql = 'SELECT entry, value FROM mail_annotations WHERE user = ? AND uid_validity = ? ORDER BY entry'
    const rows = this.#database.all<{ entry: string; value: Uint8Array }>(sql, user, uidValidity)
    return new Map(rows.map(({ entry, value }) => [entry, value]))
  }

  annotated(user: string): Noted {
    const sql = `SELECT count(*) AS count, coalesce(sum(length(entry) + length(value)), 0) AS sizeBytes
      FROM mail_annotations WHERE user = ?`
    return present(this.#database.get<Noted>(sql, user), 'a count')
  }

  /** By UIDVALIDITY, the value that each folder has for one entry. */
  annotatedWith(user: string, entry: string): Map<number, string> {
    const sql = `SELECT uid_validity AS folder, CAST(value AS TEXT) AS text FROM mail_annotations
      WHERE user = ? AND entry = ?`
    const rows = this.#database.all<{ folder: number; text: string }>(sql, user, entry)
    return new Map(rows.map(({ folder, text }) => [folder, text]))
  }

  annotate(user: string, uidValidity: number, changes: ReadonlyMap<string, Uint8Array | null>): void {
    const where = 'WHERE user = ? AND uid_validity = ? AND entry = ?'
    for (const [entry, value] of changes) {
      this.#database.run(`DELETE FROM mail_annotations ${where}`, user, uidValidity, entry)
      if (value === null) continue
      const sql = 'INSERT INTO mail_annotations (user, uid_validity, entry, value) VALUES (?, ?, ?, ?)'
      this.#database.run(sql, user, uidValidity, entry, value)
    }
  }

  // Folders

  folders(user: string): FolderRecord[] {
    return this.#database.all(`SELECT ${folderColumns} FROM mail_folders WHERE user = ? ORDER BY name`, user)
  }

  folder(user: string, name: string): FolderRecord | undefined {
    return this.#database.get(`SELECT ${folderColumns} FROM mail_folders WHERE user = ? AND name = ?`, user, name)
  }

  folderById(id: number): FolderRecord | undefined {
    return this.#database.get(`SELECT ${folderColumns} FROM mail_folders WHERE id = ?`, id)
  }

  addFolder(
    user: string,
    folder: { name: string; uidValidity: number; uidNext: number; modseq: number; rebuilding: boolean },
  ): void {
    const { name, uidValidity, uidNext, modseq, rebuilding } = folder
    this.#database.run(
      `INSERT INTO mail_folders (user, name, uid_validity, uid_next, modseq, expunged_from, rebuilding)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)`,
      user,
      name,
      uidValidity,
      uidNext,
      modseq,
      rebuilding ? 1 : 0,
    )
    this.noteUidValidity(user, uidValidity)
  }

  removeFolder(id: number): void {
    const sql = `DELETE FROM mail_annotations
      WHERE (user, uid_validity) IN (SELECT user, uid_validity FROM mail_folders WHERE id = ?)`
    this.#database.run(sql, id)
    this.#database.run('DELETE FROM mail_folders WHERE id = ?', id)
  }

  /** All at once, so that folders may swap their names. */
  renameFolders(names: ReadonlyMap<number, string>): void {
    const sql = 'UPDATE mail_folders SET name = ? WHERE id = ?'
    // No folder has such a name.
    for (const id of names.keys()) this.#database.run(sql, `/${id}`, id)
    for (const [id, name] of names) this.#database.run(sql, name, id)
  }

  /** The next modification sequence of a folder, which is then its greatest. */
  nextModseq(id: number): number {
    const sql = 'UPDATE mail_folders SET modseq = modseq + 1 WHERE id = ? RETURNING modseq'
    return present(this.#database.get<{ modseq: number }>(sql, id), 'the folder of a change').modseq
  }

  raiseUidNext(id: number, uidNext: number): void {
    this.#database.run('UPDATE mail_folders SET uid_next = max(uid_next, ?2) WHERE id = ?1', id, uidNext)
  }

  /** Forgets the messages of a folder, to take them in anew. Everything is news to whoever asks for changes then. */
  beginRebuilding(id: number, modseqAtLeast: number): void {
    this.#database.run('DELETE FROM mail_messages WHERE folder = ?', id)
    this.#database.run('DELETE FROM mail_expunged WHERE folder = ?', id)
    this.#database.run(
      `UPDATE mail_folders SET rebuilding = 1, modseq = max(modseq + 1, ?2), expunged_from = max(modseq + 1, ?2)
         WHERE id = ?1`,
      id,
      modseqAtLeast,
    )
  }

  endRebuilding(id: number): void {
    this.#database.run('UPDATE mail_folders SET rebuilding = 0 WHERE id = ?', id)
  }

  // Messages

  messages(folder: number): MessageRecord[] {
    return this.#database.all(`SELECT ${messageColumns} FROM mail_messages WHERE folder = ? ORDER BY uid`, folder)
  }

  message(folder: number, uid: number): MessageRecord | undefined {
    return this.#database.get(`SELECT ${messageColumns} FROM mail_messages WHERE folder = ? AND uid = ?`, folder, uid)
  }

  /** Where a letter lies: the folder as it is called now, and the file below it. */
  place(folder: number, uid: number): { name: string; file: string } | undefined {
    return this.#database.get(placeSql, folder, uid)
  }

  deletedMessages(folder: number): MessageRecord[] {
    return this.#database.all(deletedSql, folder)
  }

  addMessage(folder: number, message: NewMessage, modseq: number): void {
    const { uid, flags, sizeBytes, internalDate, file, isChat } = message
    this.#database.run(
      `INSERT INTO mail_messages
         (folder, uid, flags, seen, deleted, size_bytes, internal_date, added_modseq, modseq, file, chat_day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)`,
      folder,
      uid,
      flags.join(' '),
      flags.includes('\\Seen') ? 1 : 0,
      flags.includes('\\Deleted') ? 1 : 0,
      sizeBytes,
      internalDate,
      modseq,
      file,
      isChat === true ? today(this.#database) : null,
    )
    this.raiseUidNext(folder, uid + 1)
  }

  changeMessage(
    folder: number,
    change: { uid: number; flags: readonly string[]; file: string; modseq: number | null },
  ): void {
    const { uid, flags, file, modseq } = change
    this.#database.run(
      `UPDATE mail_messages SET flags = ?3, seen = ?4, deleted = ?5, file = ?6, modseq = coalesce(?7, modseq)
         WHERE folder = ?1 AND uid = ?2`,
      folder,
      uid,
      flags.join(' '),
      flags.includes('\\Seen') ? 1 : 0,
      flags.includes('\\Deleted') ? 1 : 0,
      file,
      modseq,
    )
  }

  expunge(folder: number, uids: readonly number[], modseq: number): void {
    for (const uid of uids) {
      this.#database.run(
        `INSERT INTO mail_expunged (folder, modseq, uid, added_modseq)
           SELECT folder, ?3, uid, added_modseq FROM mail_messages WHERE folder = ?1 AND uid = ?2`,
        folder,
        uid,
        modseq,
      )
      this.#database.run('DELETE FROM mail_messages WHERE folder = ? AND uid = ?', folder, uid)
    }
    // Looked at now and then only: it counts what is remembered.
    if (uids.length >= 100 || uids.some(uid => uid % 100 === 0)) this.#forgetExpunges(folder)
  }

  #forgetExpunges(folder: number): void {
    const sql = `SELECT modseq FROM mail_expunged WHERE folder = ? ORDER BY modseq DESC, uid DESC
      LIMIT 1 OFFSET ${mailboxLimits.expungesRememberedMax}`
    const last = this.#database.get<{ modseq: number }>(sql, folder)
    if (last === undefined) return
    this.#database.run('DELETE FROM mail_expunged WHERE folder = ? AND modseq <= ?', folder, last.modseq)
    this.#database.run('UPDATE mail_folders SET expunged_from = ?2 WHERE id = ?1', folder, last.modseq)
  }

  /** What happened since; see `Folder.changes`. */
  changes(folder: FolderRecord, since: number): FolderChanges {
    const { id, modseq: highestModseq } = folder
    if (since >= highestModseq) return { added: [], changed: [], expunged: [], highestModseq }
    const rows = this.#database.all<ChangeRecord>(changedSql, id, since).sort((one, other) => one.uid - other.uid)
    return {
      added: rows.filter(row => row.addedModseq > since).map(messageRow),
      changed: rows.filter(row => row.addedModseq <= since).map(messageRow),
      expunged: since === 0 ? [] : this.#expungedSince(folder, since),
      highestModseq,
    }
  }

  #expungedSince(folder: FolderRecord, since: number): number[] {
    if (since >= folder.expungedFrom) {
      return this.#database.all<{ uid: number }>(expungedSql, folder.id, since).map(row => row.uid)
    }
    // Not remembered that far back: every UID that is not there, which is more than was asked for, but all of it true.
    const there = new Set(this.messages(folder.id).map(message => message.uid))
    const gone: number[] = []
    for (let uid = 1; uid < folder.uidNext; uid += 1) if (!there.has(uid)) gone.push(uid)
    return gone
  }
}
