/**
 * The selected folder as this client knows it: which message has which sequence number, and what it has been told.
 *
 * `refresh` takes in what others did; `report` tells the client, at the moments RFC 9051 section 7.5.1 allows. Until an
 * expunge is told, the message keeps its number and is only marked as gone, so numbers are right at every moment.
 */

import { systemFlags } from '../grammar/flags.ts'
import { lowerBound, rangesOf, type SequenceSet, savedSet } from '../grammar/sequence.ts'
import type { Folder, FolderChanges, MessageRow } from '../mailbox.ts'
import { flagText } from '../respond/quote.ts'
import type { Responder } from '../respond/responder.ts'
import { assert } from './faults.ts'

/** Keywords shown in FLAGS; more are stored and fetched all the same. */
const SHOWN_KEYWORDS_MAX = 500

function sameFlags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every(flag => other.includes(flag))
}

export class SelectedView {
  readonly folder: Folder
  readonly readOnly: boolean
  /** By sequence number, from 0; ascending by uid. */
  readonly #rows: MessageRow[] = []
  readonly #gone = new Set<number>()
  readonly #news = new Set<number>()
  readonly #keywords = new Set<string>()
  #keywordsTold = 0
  #existsTold = 0
  #modseq = 0
  readonly #stop: () => void
  #onNews: (() => void) | undefined
  /** Uids of what the last search saved (RFC 5182); ascending. */
  saved: readonly number[] = []

  constructor(folder: Folder, readOnly: boolean) {
    this.folder = folder
    this.readOnly = readOnly
    this.#stop = folder.onChange(() => this.#onNews?.())
  }

  /** Calls back on every hint of a change, until called with undefined. */
  watch(listener: (() => void) | undefined): void {
    this.#onNews = listener
  }

  close(): void {
    this.#stop()
    this.#onNews = undefined
  }

  get count(): number {
    return this.#rows.length
  }

  /** The row at an index (sequence number minus one). */
  row(index: number): MessageRow {
    const row = this.#rows[index]
    assert(row !== undefined, 'index within the folder')
    return row
  }

  isGone(uid: number): boolean {
    return this.#gone.has(uid)
  }

  /** Takes in all that happened. Says nothing to the client. */
  async refresh(): Promise<void> {
    const changes = await this.folder.changes(this.#modseq)
    this.#add(changes)
    for (const row of changes.changed) this.#change(row)
    for (const uid of changes.expunged) if (this.indexOf(uid) !== undefined) this.#gone.add(uid)
    this.#modseq = Math.max(this.#modseq, changes.highestModseq)
  }

  #add(changes: FolderChanges): void {
    for (const row of changes.added) {
      const last = this.#rows.at(-1)
      if (last !== undefined && row.uid <= last.uid) {
        // A store may tell of a message again; one below the greatest that is new would shift numbers already told.
        assert(this.indexOf(row.uid) !== undefined, 'the store adds messages in the order of their uids')
        this.#change(row)
        continue
      }
      this.#rows.push(row)
      this.#learn(row)
    }
  }

  #change(row: MessageRow): void {
    const index = this.indexOf(row.uid)
    if (index === undefined) return
    if (!sameFlags(this.row(index).flags, row.flags)) this.#news.add(row.uid)
    this.#rows[index] = row
    this.#learn(row)
  }

  #learn(row: MessageRow): void {
    for (const flag of row.flags) {
      if (!flag.startsWith('\\') && this.#keywords.size < SHOWN_KEYWORDS_MAX) this.#keywords.add(flag)
    }
  }

  /** Index of a uid; undefined when it is not in the folder. */
  indexOf(uid: number): number | undefined {
    const index = lowerBound(this.#rows.length, at => (this.#rows[at]?.uid ?? 0) >= uid)
    return this.#rows[index]?.uid === uid ? index : undefined
  }

  /** Ascending indexes of the messages in the set, also of those that are gone. */
  indexesOf(set: SequenceSet, byUid: boolean): number[] {
    const count = this.#rows.length
    const indexes: number[] = []
    if (set === savedSet) return this.saved.map(uid => this.indexOf(uid)).filter(index => index !== undefined)
    for (const [from, to] of rangesOf(set, byUid ? (this.#rows.at(-1)?.uid ?? 0) : count)) {
      const start = byUid ? lowerBound(count, at => (this.#rows[at]?.uid ?? 0) >= from) : from - 1
      const end = byUid ? lowerBound(count, at => (this.#rows[at]?.uid ?? 0) > to) : Math.min(to, count)
      for (let index = Math.max(start, 0); index < end; index += 1) indexes.push(index)
    }
    return indexes
  }

  /** Uids of those in the set that are there, and whether all were. */
  presentUids(set: SequenceSet, byUid: boolean): { uids: number[]; complete: boolean } {
    const all = this.indexesOf(set, byUid).map(index => this.row(index).uid)
    const uids = all.filter(uid => !this.#gone.has(uid))
    return { uids, complete: uids.length === all.length }
  }

  /** The client shall be told these flags, changed or not. */
  tellFlags(uids: readonly number[]): void {
    for (const uid of uids) this.#news.add(uid)
  }

  /** The client knows these flags: they were in an answer, or it set them silently. */
  flagsTold(uid: number): void {
    this.#news.delete(uid)
  }

  flagsLine(): string {
    return `FLAGS ${flagText([...systemFlags, ...this.#keywords])}`
  }

  firstUnseen(): number | undefined {
    const index = this.#rows.findIndex(row => !row.flags.includes('\\Seen'))
    return index === -1 ? undefined : index + 1
  }

  /** What SELECT told the client itself. */
  allTold(): void {
    this.#existsTold = this.#rows.length
    this.#keywordsTold = this.#keywords.size
    this.#news.clear()
  }

  /** Tells the client what is new. `expunges` only where the client's numbers may shift. */
  report(responder: Responder, expunges: boolean): void {
    if (expunges) this.#reportExpunges(responder)
    if (this.#rows.length !== this.#existsTold) {
      responder.untagged(`${this.#rows.length} EXISTS`)
      this.#existsTold = this.#rows.length
    }
    if (this.#keywords.size !== this.#keywordsTold) {
      responder.untagged(this.flagsLine())
      this.#keywordsTold = this.#keywords.size
    }
    for (const uid of this.#news) {
      const index = this.indexOf(uid)
      if (index === undefined || this.#gone.has(uid)) continue
      responder.untagged(`${index + 1} FETCH (UID ${uid} FLAGS ${flagText(this.row(index).flags)})`)
    }
    this.#news.clear()
  }

  #reportExpunges(responder: Responder): void {
    if (this.#gone.size === 0) return
    let kept = 0
    let removed = 0
    for (let index = 0; index < this.#rows.length; index += 1) {
      const row = this.row(index)
      if (this.#gone.has(row.uid)) {
        // A message that came and went unseen was never counted by the client.
        if (index < this.#existsTold) {
          responder.untagged(`${kept + 1} EXPUNGE`)
          removed += 1
        }
      } else {
        this.#rows[kept] = row
        kept += 1
      }
    }
    this.#rows.length = kept
    this.#existsTold -= removed
    this.#gone.clear()
  }
}
