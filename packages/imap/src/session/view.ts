/**
 * The selected folder as this client knows it: which message has which sequence number, and what it has been told.
 *
 * `refresh` takes in what others did; `report` tells the client, at the moments RFC 9051 section 7.5.1 allows. Until an
 * expunge is told, the message keeps its number and is only marked as gone, so numbers are right at every moment.
 *
 * The messages themselves are in `FolderRows`, shared with other sessions; so are their numbers, for as long as this
 * client has been told of everything.
 */

import { systemFlags } from '../grammar/flags.ts'
import { lowerBound, rangesOf, type SequenceSet, savedSet, uidSetText } from '../grammar/sequence.ts'
import type { ImapLimits } from '../limits.ts'
import type { Folder, MessageRow } from '../mailbox.ts'
import { StructureCache } from '../message/reader.ts'
import { flagText } from '../respond/quote.ts'
import type { Responder } from '../respond/responder.ts'
import { assert } from './faults.ts'
import { type FolderRows, indexIn, rowsOf } from './rows.ts'

/** Answers written before the client must take some. */
const LINES_AT_ONCE = 1_000

export interface ReportHow {
  /** May the client's numbers shift? */
  readonly expunges: boolean
  /** Shall it hear of changed flags? Those that are not told wait. */
  readonly flags: boolean
  /** Does the client want modification sequences (RFC 7162)? */
  readonly modseqs: boolean
  /** VANISHED in place of EXPUNGE. */
  readonly vanished: boolean
}

export class SelectedView {
  readonly folder: Folder
  readonly readOnly: boolean
  readonly structures: StructureCache
  readonly #rows: FolderRows
  /** By sequence number, from 0; ascending, valid up to `#count`. The shared array, or a copy of our own. */
  #uids: Uint32Array<ArrayBuffer>
  #count = 0
  readonly #gone = new Set<number>()
  /** Uids whose state the client shall be told: the flags, or only the modification sequence. */
  readonly #news = new Map<number, 'flags' | 'modseq'>()
  #keywordsTold = 0
  #existsTold = 0
  #modseq = 0
  /** Before the oldest change that waits to be told. */
  #allToldModseq = 0
  readonly #stop: () => void
  #onNews: (() => void) | undefined
  /** Uids of what the last search saved (RFC 5182); ascending. */
  saved: readonly number[] = []

  constructor(folder: Folder, readOnly: boolean, limits: Pick<ImapLimits, 'structuresCachedMax'>) {
    this.folder = folder
    this.structures = new StructureCache(limits.structuresCachedMax)
    this.readOnly = readOnly
    this.#rows = rowsOf(folder)
    this.#uids = this.#rows.uids
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
    return this.#count
  }

  /** Everything up to here is in the view. */
  get modseq(): number {
    return this.#modseq
  }

  /** Everything up to here has been told; a client may go on from here when it comes again. */
  get toldModseq(): number {
    return this.#gone.size === 0 ? this.#modseq : this.#allToldModseq
  }

  uid(index: number): number {
    assert(index < this.#count, 'index within the folder')
    return this.#uids[index] ?? 0
  }

  /** The row at an index (sequence number minus one). Of a message that is gone only the uid means anything. */
  row(index: number): MessageRow {
    const uid = this.uid(index)
    return this.#rows.get(uid) ?? { uid, flags: [], sizeBytes: 0, internalDate: 0, modseq: 0 }
  }

  isGone(uid: number): boolean {
    return this.#rows.get(uid) === undefined
  }

  /** Takes in all that happened. Says nothing to the client. */
  async refresh(): Promise<void> {
    await this.#rows.catchUp(this.folder)
    const rows = this.#rows
    if (rows.modseq === this.#modseq) return
    if (this.#gone.size === 0) this.#allToldModseq = this.#modseq
    const known = this.#count
    const since = this.#modseq
    if (since === 0) this.#share()
    else if (this.#uids === rows.uids) this.#count = rows.count
    else this.#merge()
    this.#modseq = rows.modseq
    if (since === 0) return
    const lastKnown = known === 0 ? 0 : this.uid(known - 1)
    for (const { uid, flags } of rows.changedSince(since)) {
      if (uid > lastKnown || this.indexOf(uid) === undefined) continue
      if (flags || !this.#news.has(uid)) this.#news.set(uid, flags ? 'flags' : 'modseq')
    }
  }

  #share(): void {
    this.#uids = this.#rows.uids
    this.#count = this.#rows.count
  }

  /** Marks what is gone and takes in what is new, where the shared array is not ours any more. */
  #merge(): void {
    for (const uid of this.#rows.goneSince(this.#modseq) ?? this.#missing()) {
      if (this.indexOf(uid) !== undefined) this.#gone.add(uid)
    }
    if (this.#gone.size === 0) {
      this.#share()
      return
    }
    const theirs = this.#rows.uids.subarray(0, this.#rows.count)
    const last = this.#count === 0 ? 0 : (this.#uids[this.#count - 1] ?? 0)
    const added = theirs.subarray(lowerBound(theirs.length, at => (theirs[at] ?? 0) > last))
    // The array that was shared is nobody's to change; it is only copied to be longer.
    if (added.length === 0) return
    const own = new Uint32Array(this.#count + added.length)
    own.set(this.#uids.subarray(0, this.#count))
    own.set(added, this.#count)
    this.#uids = own
    this.#count = own.length
  }

  #missing(): number[] {
    return [...this.#uids.subarray(0, this.#count)].filter(uid => this.isGone(uid))
  }

  /** Index of a uid; undefined when it is not in the folder. */
  indexOf(uid: number): number | undefined {
    return indexIn(this.#uids, this.#count, uid)
  }

  /** Ascending indexes of the messages in the set, also of those that are gone. */
  indexesOf(set: SequenceSet, byUid: boolean): number[] {
    const count = this.#count
    const indexes: number[] = []
    if (set === savedSet) return this.saved.map(uid => this.indexOf(uid)).filter(index => index !== undefined)
    for (const [from, to] of rangesOf(set, byUid ? (this.#uids[count - 1] ?? 0) : count)) {
      const start = byUid ? lowerBound(count, at => (this.#uids[at] ?? 0) >= from) : from - 1
      const end = byUid ? lowerBound(count, at => (this.#uids[at] ?? 0) > to) : Math.min(to, count)
      for (let index = Math.max(start, 0); index < end; index += 1) indexes.push(index)
    }
    return indexes
  }

  /** Uids of those in the set that are there, and whether all were. */
  presentUids(set: SequenceSet, byUid: boolean): { uids: number[]; complete: boolean } {
    const all = this.indexesOf(set, byUid).map(index => this.uid(index))
    const uids = all.filter(uid => !this.isGone(uid))
    return { uids, complete: uids.length === all.length }
  }

  /** The client shall be told these flags, changed or not. */
  tellFlags(uids: readonly number[]): void {
    for (const uid of uids) this.#news.set(uid, 'flags')
  }

  hasNews(uid: number): boolean {
    return this.#news.get(uid) === 'flags'
  }

  /** The client knows these flags: it set them silently. Their modification sequence it does not know. */
  flagsKnown(uid: number): void {
    if (this.#news.has(uid)) this.#news.set(uid, 'modseq')
  }

  /** Silent or not, the client must learn the modification sequence. */
  tellModseqs(uids: readonly number[]): void {
    for (const uid of uids) if (!this.#news.has(uid)) this.#news.set(uid, 'modseq')
  }

  /** All of it was in an answer. */
  newsTold(uid: number): void {
    this.#news.delete(uid)
  }

  flagsLine(): string {
    return `FLAGS ${flagText([...systemFlags, ...this.#rows.keywords])}`
  }

  firstUnseen(): number | undefined {
    for (let index = 0; index < this.#count; index += 1) {
      if (!this.row(index).flags.includes('\\Seen')) return index + 1
    }
    return undefined
  }

  /** What SELECT told the client itself. */
  allTold(): void {
    this.#existsTold = this.#count
    this.#keywordsTold = this.#rows.keywords.size
    this.#news.clear()
  }

  /** Tells the client what is new. Answers the uids that it hears of for the first time. @throws SessionEnded */
  async report(responder: Responder, how: ReportHow): Promise<readonly number[]> {
    const shifted = how.expunges && this.#gone.size > 0
    if (shifted) await this.#reportExpunges(responder, how.vanished)
    const added = this.#uids.slice(this.#existsTold, this.#count)
    if (added.length > 0) {
      responder.untagged(`${this.#count} EXISTS`)
      this.#existsTold = this.#count
    }
    if (this.#rows.keywords.size !== this.#keywordsTold) {
      responder.untagged(this.flagsLine())
      this.#keywordsTold = this.#rows.keywords.size
    }
    if (how.flags) await this.#reportNews(responder, how.modseqs)
    // RFC 7162 section 3.2: a client must not take a later state for its own while an expunge waits to be told.
    if (how.modseqs && (this.#gone.size > 0 || (shifted && how.vanished))) this.tellHighest(responder)
    return [...added]
  }

  tellHighest(responder: Responder): void {
    responder.status('*', 'OK', `HIGHESTMODSEQ ${this.toldModseq}`, 'Highest')
  }

  async #reportNews(responder: Responder, modseqs: boolean): Promise<void> {
    let lines = 0
    for (const [uid, what] of this.#news) {
      const index = this.indexOf(uid)
      if (index === undefined || this.isGone(uid) || (what === 'modseq' && !modseqs)) continue
      const { flags, modseq } = this.row(index)
      const items = [`UID ${uid}`]
      if (what === 'flags') items.push(`FLAGS ${flagText(flags)}`)
      if (modseqs) items.push(`MODSEQ (${modseq})`)
      responder.untagged(`${index + 1} FETCH (${items.join(' ')})`)
      lines += 1
      if (lines % LINES_AT_ONCE === 0) await responder.roomForMore()
    }
    this.#news.clear()
  }

  async #reportExpunges(responder: Responder, vanished: boolean): Promise<void> {
    // A message that came and went unseen was never counted by the client.
    const told: number[] = []
    for (const uid of [...this.#gone].sort((one, other) => one - other)) {
      const index = this.indexOf(uid)
      if (index === undefined || index >= this.#existsTold) continue
      if (!vanished) responder.untagged(`${index + 1 - told.length} EXPUNGE`)
      told.push(uid)
      if (told.length % LINES_AT_ONCE === 0) await responder.roomForMore()
    }
    if (vanished && told.length > 0) responder.untagged(`VANISHED ${uidSetText(told)}`)
    this.#existsTold -= told.length
    if (this.#modseq === this.#rows.modseq) this.#share()
    else {
      this.#uids = this.#uids.subarray(0, this.#count).filter(uid => !this.#gone.has(uid))
      this.#count = this.#uids.length
    }
    this.#gone.clear()
  }
}
