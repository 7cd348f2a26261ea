/** What the index has of people and not of their letters; see `mail-index.ts`. */
import { present } from '../../base/assert.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { Noted } from './annotations.ts'
import { mailboxLimits } from './limits.ts'

export class PeopleIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
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

  /** Folders that nobody here remembers may have had the next ones. */
  leapUidValidity(user: string, by: number): void {
    this.#database.run('UPDATE mail_users SET last_uid_validity = last_uid_validity + ?2 WHERE name = ?1', user, by)
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
}
