/**
 * The index of the Maildirs: what SQL the mailbox needs, and nothing of files.
 *
 * Methods named as deeds run inside a commit; the others only read.
 */
import type { FolderChanges, MessageRow } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { mailboxLimits } from './limits.ts'
import { PeopleIndex } from './people-index.ts'

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
  readonly modseq: number
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
const messageColumns = 'uid, flags, size_bytes AS sizeBytes, internal_date AS internalDate, modseq, file'

/** Fields of a message and messages, in one text: SQLite makes it in a fifth of the time that so many objects take. */
const fieldEnd = '\t'
const rowEnd = '\n'
const changeText = `SELECT group_concat(uid || char(9) || size_bytes || char(9) || internal_date || char(9) || modseq ||
  char(9) || added_modseq || char(9) || flags, char(10)) AS text FROM`

/** Exported for the test that reads its query plan. */
export const changedSql = `${changeText}
  (SELECT * FROM mail_messages WHERE folder = ? AND modseq > ? ORDER BY uid)`
export const expungedSql = 'SELECT uid FROM mail_expunged WHERE folder = ? AND modseq > ?'
const betweenSql = `SELECT ${messageColumns} FROM mail_messages WHERE folder = ? AND uid BETWEEN ? AND ? ORDER BY uid`
const allSql = `${changeText} (SELECT * FROM mail_messages WHERE folder = ? ORDER BY uid)`
const placeSql = `SELECT mail_folders.name, file FROM mail_messages JOIN mail_folders ON mail_folders.id = folder
  WHERE folder = ? AND uid = ?`
export const deletedSql = `SELECT ${messageColumns} FROM mail_messages INDEXED BY mail_messages_deleted
  WHERE folder = ? AND deleted = 1 ORDER BY uid`

interface ChangedRow {
  readonly row: MessageRow
  readonly addedModseq: number
}

/** Exported for the test that reads its query plan. */
export const dueChatSql = `SELECT ${messageColumns} FROM mail_messages INDEXED BY mail_messages_chat
  WHERE folder = (SELECT id FROM mail_folders WHERE user = ?1 AND name = 'INBOX') AND chat_day IS NOT NULL
    AND chat_day <= min(?2, (SELECT chat_day - 1 FROM mail_users WHERE name = ?1))
  ORDER BY chat_day LIMIT ?3`

/** The rows in such a text; the same flags are the same array. */
function changedRows(text: string | null): ChangedRow[] {
  if (text === null) return []
  const known = new Map<string, readonly string[]>()
  return text.split(rowEnd).map(line => {
    const [uid, sizeBytes, internalDate, modseq, addedModseq, flagText = ''] = line.split(fieldEnd)
    const flags = known.get(flagText) ?? flagsOf(flagText)
    known.set(flagText, flags)
    const row = {
      uid: Number(uid),
      flags,
      sizeBytes: Number(sizeBytes),
      internalDate: Number(internalDate),
      modseq: Number(modseq),
    }
    return { row, addedModseq: Number(addedModseq) }
  })
}

export function flagsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

export class MailIndex extends PeopleIndex {
  readonly #database: Database
  /** By folder: the greatest that was given out, where it is known. */
  readonly #modseqs = new Map<number, number>()

  constructor(database: Database) {
    super(database)
    this.#database = database
  }

  commit<T>(work: () => T): Promise<T> {
    return this.#database.commit(work)
  }

  // Chat messages

  /** Chat messages in INBOX that came so many days ago, and before Delta Chat was last seen there. */
  dueChat(user: string, days: number, limit: number): MessageRecord[] {
    return this.#database.all(dueChatSql, user, today(this.#database) - days, limit)
  }

  /** It stays until somebody removes it. */
  keepChat(folder: number, uid: number): void {
    this.#database.run('UPDATE mail_messages SET chat_day = NULL WHERE folder = ? AND uid = ?', folder, uid)
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
    const { modseq } = present(this.#database.get<{ modseq: number }>(sql, id), 'the folder of a change')
    this.#modseqs.set(id, modseq)
    return modseq
  }

  /** The greatest of a folder, without asking the database each time. */
  latestModseq(id: number): number {
    const modseq = this.#modseqs.get(id) ?? this.folderById(id)?.modseq ?? 0
    this.#modseqs.set(id, modseq)
    return modseq
  }

  /** The index is of another time than the mark beside the folder: all that it may have forgotten is below these. */
  raise(id: number, { uidNext, modseq }: { uidNext: number; modseq: number }): void {
    this.raiseUidNext(id, uidNext)
    this.#modseqs.delete(id)
    const sql = 'UPDATE mail_folders SET modseq = ?2, expunged_from = ?2 WHERE id = ?1 AND modseq < ?2'
    this.#database.run(sql, id, modseq)
  }

  raiseUidNext(id: number, uidNext: number): void {
    this.#database.run('UPDATE mail_folders SET uid_next = max(uid_next, ?2) WHERE id = ?1', id, uidNext)
  }

  /**
   * Forgets the messages of a folder, to take them in anew; their keywords, which no file name has, are kept apart.
   * Everything is news to whoever asks for changes then.
   */
  beginRebuilding(id: number, atLeast: { uidNext: number; modseq: number }): void {
    this.#database.run(
      `INSERT OR REPLACE INTO mail_kept_flags (folder, uid, flags)
         SELECT folder, uid, flags FROM mail_messages WHERE folder = ?1 AND flags <> ''`,
      id,
    )
    this.#database.run('DELETE FROM mail_messages WHERE folder = ?', id)
    this.#database.run('DELETE FROM mail_expunged WHERE folder = ?', id)
    this.#database.run('UPDATE mail_folders SET rebuilding = 1 WHERE id = ?', id)
    const next = this.nextModseq(id)
    this.raise(id, { uidNext: atLeast.uidNext, modseq: Math.max(next, atLeast.modseq) })
    this.#database.run('UPDATE mail_folders SET expunged_from = modseq WHERE id = ?', id)
  }

  /** The flags that a message had when the index of its folder was thrown away. */
  keptFlags(folder: number, uid: number): string[] {
    const sql = 'SELECT flags FROM mail_kept_flags WHERE folder = ? AND uid = ?'
    return flagsOf(this.#database.get<{ flags: string }>(sql, folder, uid)?.flags ?? '')
  }

  endRebuilding(id: number): void {
    this.#database.run('DELETE FROM mail_kept_flags WHERE folder = ?', id)
    this.#database.run('UPDATE mail_folders SET rebuilding = 0 WHERE id = ?', id)
  }

  // Messages

  messages(folder: number): MessageRecord[] {
    return this.#database.all(`SELECT ${messageColumns} FROM mail_messages WHERE folder = ? ORDER BY uid`, folder)
  }

  /** So many of them, by UID, beginning after one; for work that must not hold up others. */
  messagesAfter(folder: number, uid: number, count: number): MessageRecord[] {
    const sql = `SELECT ${messageColumns} FROM mail_messages WHERE folder = ? AND uid > ? ORDER BY uid LIMIT ?`
    return this.#database.all(sql, folder, uid, count)
  }

  files(folder: number): string[] {
    const sql = 'SELECT file FROM mail_messages WHERE folder = ?'
    return this.#database.all<{ file: string }>(sql, folder).map(({ file }) => file)
  }

  /** Those of the UIDs that are there; `uids` ascend. Runs without great gaps are read in one go. */
  messagesAt(folder: number, uids: readonly number[]): MessageRecord[] {
    const [first, last] = [uids[0], uids.at(-1)]
    if (first === undefined || last === undefined) return []
    if (last - first >= 4 * uids.length) {
      return uids.map(uid => this.message(folder, uid)).filter(message => message !== undefined)
    }
    const asked = new Set(uids)
    return this.#database.all<MessageRecord>(betweenSql, folder, first, last).filter(({ uid }) => asked.has(uid))
  }

  message(folder: number, uid: number): MessageRecord | undefined {
    return this.#database.get(`SELECT ${messageColumns} FROM mail_messages WHERE folder = ? AND uid = ?`, folder, uid)
  }

  /** Where a letter lies: the folder as it is called now, and the file below it. */
  place(folder: number, uid: number): { name: string; file: string } | undefined {
    return this.#database.get(placeSql, folder, uid)
  }

  deletedCount(folder: number): number {
    const sql = `SELECT count(*) AS count FROM mail_messages INDEXED BY mail_messages_deleted
      WHERE folder = ? AND deleted = 1`
    return this.#database.get<{ count: number }>(sql, folder)?.count ?? 0
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
    const found =
      since === 0
        ? this.#database.get<{ text: string | null }>(allSql, id)
        : this.#database.get<{ text: string | null }>(changedSql, id, since)
    const rows = changedRows(found?.text ?? null)
    return {
      added: rows.filter(each => each.addedModseq > since).map(({ row }) => row),
      changed: rows.filter(each => each.addedModseq <= since).map(({ row }) => row),
      expunged: since === 0 ? [] : this.#expungedSince(folder, since),
      highestModseq,
    }
  }

  #expungedSince(folder: FolderRecord, since: number): number[] {
    if (since >= folder.expungedFrom) {
      const rows = this.#database.all<{ uid: number }>(expungedSql, folder.id, since)
      return rows.map(row => row.uid).sort((one, other) => one - other)
    }
    // Not remembered that far back: every UID that is not there, which is more than was asked for, but all of it true.
    const there = new Set(this.messages(folder.id).map(message => message.uid))
    const gone: number[] = []
    for (let uid = 1; uid < folder.uidNext; uid += 1) if (!there.has(uid)) gone.push(uid)
    return gone
  }
}
