/**
 * Letters that their senders want to hear of: delivered, which is noted with the delivery, and fetched by an app.
 *
 * What was fetched is noted when somebody asks for that, all at once: no client waits for it. After a crash in between
 * the letter counts as not fetched, until it is fetched once more.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { JourneyNotes, Station } from '../journeys/journeys.ts'
import { notesOf } from '../journeys/note.ts'
import { baseOf, parseLetterName } from './file-name.ts'
import { mailboxLimits } from './limits.ts'

/** Whose letter it is that is delivered. */
export type Traced =
  /** Of somebody here. */
  | { readonly kind: 'here'; readonly messageId: string; readonly sender: string; readonly recipient: string }
  /** Of somebody elsewhere; `place` is that of the recipient among those of the packet, from 0 on. */
  | { readonly kind: 'node'; readonly letter: PacketId; readonly node: NodeId; readonly place: number }

/** A letter of another node that an app has fetched. */
export interface FetchedLetter {
  readonly number: number
  readonly letter: PacketId
  readonly node: NodeId
  readonly place: number
  readonly at: number
}

export interface FetchedLetters {
  /** A hint, when something was fetched that is not noted yet; to one listener. */
  onFetched(listener: () => void): void
  /** Notes what was fetched. Answers how many letters of other nodes were. */
  note(): Promise<number>
  page(limit: number): Promise<readonly FetchedLetter[]>
  /** Their senders will hear of it. */
  forget(numbers: readonly number[]): Promise<void>
}

/** Of a letter between people here. */
export function noteDeliveredHere(notes: Pick<JourneyNotes, 'noteSetOut' | 'noteStation'>, told: Traced, at: number) {
  if (told.kind !== 'here') return
  const { recipient, ...of } = told
  notes.noteSetOut({ ...of, recipients: [recipient], at })
  notes.noteStation({ ...of, recipients: [recipient] }, { kind: 'delivered', at, where: null })
}

export function noteFetchedHere(notes: Pick<JourneyNotes, 'noteStation'>, told: Traced, at: number): void {
  if (told.kind !== 'here') return
  const { messageId, sender, recipient } = told
  const station: Station = { kind: 'fetched', at, where: null }
  notes.noteStation({ messageId, sender, recipients: [recipient] }, station)
}

export class FetchedIndex implements FetchedLetters {
  readonly #database: Database
  readonly #clock: Clock
  readonly #keys = new Map<string, number>()
  #listener = () => {}

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Inside the commit of the delivery. */
  delivered(key: string, told: Traced, at: number): void {
    this.deliveredAgain(told, at)
    const sql = 'INSERT INTO mail_unfetched (key, told, day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    this.#database.run(sql, key, JSON.stringify(told), today(this.#database))
  }

  /** Inside a commit: what was delivered before a crash may not have been noted. */
  deliveredAgain(told: Traced, at: number): void {
    noteDeliveredHere(notesOf(this.#database), told, at)
  }

  /** The file of a letter whose text was given to a client. Takes one look into an index. */
  fetched(file: string): void {
    const key = parseLetterName(baseOf(file))?.key
    if (key === undefined || this.#keys.has(key)) return
    if (this.#database.get('SELECT 1 FROM mail_unfetched WHERE key = ?', key) === undefined) return
    const isFirst = this.#keys.size === 0
    this.#keys.set(key, this.#clock.now())
    if (isFirst) this.#listener()
  }

  /** A letter was moved, and its file has another key. Inside a commit. */
  renamed(before: string, key: string): void {
    const old = parseLetterName(baseOf(before))?.key
    if (old !== undefined) this.#database.run('UPDATE mail_unfetched SET key = ? WHERE key = ?', key, old)
  }

  onFetched(listener: () => void): void {
    this.#listener = listener
  }

  async page(limit: number): Promise<readonly FetchedLetter[]> {
    const sql = 'SELECT number, letter, node, place, at FROM mail_fetched ORDER BY number LIMIT ?'
    return this.#database.all<FetchedLetter>(sql, limit)
  }

  forget(numbers: readonly number[]): Promise<void> {
    return this.#database.commit(() => {
      for (const number of numbers) this.#database.run('DELETE FROM mail_fetched WHERE number = ?', number)
    })
  }

  /** Inside a commit. Answers how many of those that nobody has fetched for so long went. */
  prune(beforeDay: number): number {
    const sql = 'DELETE FROM mail_unfetched WHERE key IN (SELECT key FROM mail_unfetched WHERE day < ? LIMIT ?)'
    return this.#database.run(sql, beforeDay, mailboxLimits.prunedAtOnceMax)
  }

  async note(): Promise<number> {
    const keys = [...this.#keys]
    this.#keys.clear()
    return this.#database.commit(() => keys.filter(([key, at]) => this.#note(key, at)).length)
  }

  /** Whether it is a letter of another node. */
  #note(key: string, at: number): boolean {
    const sql = 'DELETE FROM mail_unfetched WHERE key = ? RETURNING told'
    const row = this.#database.get<{ told: string }>(sql, key)
    if (row === undefined) return false
    const told = JSON.parse(row.told) as Traced
    noteFetchedHere(notesOf(this.#database), told, at)
    if (told.kind !== 'node') return false
    const { letter, node, place } = told
    const add = 'INSERT INTO mail_fetched (letter, node, place, at) VALUES (?, ?, ?, ?)'
    this.#database.run(add, letter, node, place, Math.floor(at))
    return true
  }
}
