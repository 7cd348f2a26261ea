/**
 * The maildrop: INBOX as it was at login, with the numbers that hold for this session (RFC 1939 section 5).
 *
 * It is a snapshot and no lock. UIDs are never used again, so a number can not come to mean another letter whatever
 * IMAP or a second POP3 session does meanwhile; a letter that they removed is told to be gone. A lock would keep an
 * owner out for as long as a broken line of their own lives on, and would not hold IMAP off anyway.
 */
import type { Folder, MailAccount, MessageRow } from '../mailbox.ts'

/** One letter of the snapshot. */
export interface Drop {
  /** From 1. */
  readonly number: number
  readonly uid: number
  readonly sizeBytes: number
}

/** @throws Error when there is no INBOX, or what the store throws. */
export async function openMaildrop(account: MailAccount): Promise<Maildrop> {
  await account.releaseHeld()
  const inbox = await account.open('INBOX')
  if ('refused' in inbox) throw new Error(inbox.text)
  const { uidValidity } = await inbox.status()
  const { added } = await inbox.changes(0)
  return new Maildrop(inbox, uidValidity, added)
}

export class Maildrop {
  readonly #inbox: Folder
  readonly #uidValidity: number
  readonly #uids: Uint32Array
  readonly #sizes: Float64Array
  readonly #marked = new Set<number>()

  constructor(inbox: Folder, uidValidity: number, rows: readonly MessageRow[]) {
    this.#inbox = inbox
    this.#uidValidity = uidValidity
    this.#uids = Uint32Array.from(rows, row => row.uid)
    this.#sizes = Float64Array.from(rows, row => row.sizeBytes)
  }

  /** Of a letter that is there and not marked as deleted. */
  get(number: number): Drop | undefined {
    const uid = this.#uids[number - 1]
    const sizeBytes = this.#sizes[number - 1]
    if (uid === undefined || sizeBytes === undefined || this.#marked.has(number)) return undefined
    return { number, uid, sizeBytes }
  }

  /** Those that are not marked as deleted. */
  *all(): Generator<Drop> {
    for (let number = 1; number <= this.#uids.length; number += 1) {
      const drop = this.get(number)
      if (drop !== undefined) yield drop
    }
  }

  totals(): { letters: number; sizeBytes: number } {
    let sizeBytes = 0
    for (const drop of this.all()) sizeBytes += drop.sizeBytes
    return { letters: this.#uids.length - this.#marked.size, sizeBytes }
  }

  /** RFC 1939 section 7: the same in every session, never given to another letter. */
  uidl(drop: Drop): string {
    return `${this.#uidValidity}.${drop.uid}`
  }

  /** `undefined` when another program has removed the letter. */
  read(drop: Drop): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#inbox.read(drop.uid)
  }

  /** A client was given the whole letter. */
  fetched(drop: Drop): void {
    this.#inbox.fetched?.([drop.uid])
  }

  mark(drop: Drop): void {
    this.#marked.add(drop.number)
  }

  unmarkAll(): void {
    this.#marked.clear()
  }

  /** Removes what is marked; durable when it resolves. Answers how many letters; some may have been gone already. */
  async update(): Promise<number> {
    const uids = [...this.#marked].map(number => this.#uids[number - 1] ?? 0).sort((one, other) => one - other)
    if (uids.length === 0) return 0
    await this.#inbox.storeFlags(uids, 'add', ['\\Deleted'])
    const gone = await this.#inbox.expunge(uids)
    return gone.length
  }
}
