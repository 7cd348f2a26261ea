/**
 * What is known of the messages of one folder, once for all sessions of this process that have it open: two hundred
 * clients that idle on a large folder hold one copy of it, not two hundred.
 *
 * Everything up to `modseq` is in. `uids` only ever grows at its end; an expunge makes a new array, so that whoever
 * holds the old one still has the numbers it told its client.
 */

import { lowerBound } from '../grammar/sequence.ts'
import type { Folder, FolderChanges, MessageRow } from '../mailbox.ts'

/** Changes remembered one by one; who is further behind looks at all rows. */
const LATEST_MAX = 1_000
/** Keywords shown in FLAGS; more are stored and fetched all the same. */
const SHOWN_KEYWORDS_MAX = 500

/** A message that changed; `flags` is false when its flags are what they were. */
interface Change {
  readonly uid: number
  readonly modseq: number
  readonly flags: boolean
}

function sameFlags(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every(flag => other.includes(flag)))
}

export class FolderRows {
  /** Ascending; valid up to `count`. */
  uids = new Uint32Array(64)
  count = 0
  modseq = 0
  /** In the order in which they were met. */
  readonly keywords = new Set<string>()
  readonly #byUid = new Map<number, MessageRow>()
  /** Flags are the same few lists many times. */
  readonly #flagLists = new Map<string, readonly string[]>()
  #latest: Change[] = []
  /** `#latest` holds every change after this. */
  #latestFrom = 0
  #expunged: { readonly uid: number; readonly modseq: number }[] = []
  /** `#expunged` holds every expunge after this. */
  #expungedFrom = 0
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined

  get(uid: number): MessageRow | undefined {
    return this.#byUid.get(uid)
  }

  /** Takes in all that happened before this call. However many ask at once, the store is asked at most twice. */
  catchUp(folder: Folder): Promise<void> {
    if (this.#reading === undefined) return this.#read(folder)
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#read(folder)
      })
    return this.#next
  }

  #read(folder: Folder): Promise<void> {
    this.#reading = folder.changes(this.modseq).then(changes => this.#take(changes))
    return this.#reading.finally(() => {
      this.#reading = undefined
    })
  }

  #take({ added, changed, expunged, highestModseq }: FolderChanges): void {
    // An answer that was overtaken holds nothing new, and would bring back what has gone since.
    if (highestModseq <= this.modseq) return
    for (const row of added) this.#put(row)
    for (const row of changed) if (this.#byUid.has(row.uid)) this.#put(row)
    const gone = expunged.filter(uid => this.#byUid.delete(uid))
    if (gone.length > 0) this.#withoutGone()
    this.modseq = highestModseq
    if (this.#expunged.length + gone.length <= LATEST_MAX) {
      for (const uid of gone) this.#expunged.push({ uid, modseq: highestModseq })
    } else {
      this.#expunged = []
      this.#expungedFrom = highestModseq
    }
    if (this.#latest.length > LATEST_MAX) {
      this.#latest = []
      this.#latestFrom = this.modseq
    }
  }

  #put(row: MessageRow): void {
    const known = this.#byUid.get(row.uid)
    const last = this.count === 0 ? 0 : (this.uids[this.count - 1] ?? 0)
    // A store may tell of a message again; one below the greatest that is new would shift numbers already told.
    if (known === undefined && row.uid <= last) return
    this.#byUid.set(row.uid, { ...row, flags: this.#shared(row.flags) })
    if (known === undefined) this.#append(row.uid)
    else if (this.#latest.length <= LATEST_MAX) {
      this.#latest.push({ uid: row.uid, modseq: row.modseq, flags: !sameFlags(known.flags, row.flags) })
    }
  }

  #shared(flags: readonly string[]): readonly string[] {
    const text = flags.join(' ')
    const known = this.#flagLists.get(text)
    if (known !== undefined) return known
    for (const flag of flags) {
      if (!flag.startsWith('\\') && this.keywords.size < SHOWN_KEYWORDS_MAX) this.keywords.add(flag)
    }
    this.#flagLists.set(text, flags)
    return flags
  }

  #append(uid: number): void {
    if (this.count === this.uids.length) {
      const larger = new Uint32Array(this.uids.length * 2)
      larger.set(this.uids)
      this.uids = larger
    }
    this.uids[this.count] = uid
    this.count += 1
  }

  #withoutGone(): void {
    const kept = new Uint32Array(Math.max(64, this.uids.length))
    let count = 0
    for (let index = 0; index < this.count; index += 1) {
      const uid = this.uids[index] ?? 0
      if (!this.#byUid.has(uid)) continue
      kept[count] = uid
      count += 1
    }
    this.uids = kept
    this.count = count
  }

  /** Uids that went after `modseq`; undefined when that is not remembered any more. */
  goneSince(modseq: number): number[] | undefined {
    if (modseq < this.#expungedFrom) return undefined
    return this.#expunged.filter(each => each.modseq > modseq).map(each => each.uid)
  }

  /** Messages that changed after `modseq`, each once or more. */
  *changedSince(modseq: number): Iterable<{ readonly uid: number; readonly flags: boolean }> {
    if (modseq >= this.modseq) return
    if (modseq >= this.#latestFrom && this.#latest.length <= LATEST_MAX) {
      for (const change of this.#latest) if (change.modseq > modseq) yield change
      return
    }
    for (const row of this.#byUid.values()) if (row.modseq > modseq) yield { uid: row.uid, flags: true }
  }
}

/** Index of a uid among the first `count` of ascending `uids`. */
export function indexIn(uids: Uint32Array, count: number, uid: number): number | undefined {
  const index = lowerBound(count, at => (uids[at] ?? 0) >= uid)
  return index < count && uids[index] === uid ? index : undefined
}

const known = new WeakMap<object, WeakRef<FolderRows>>()

/** What is known of a folder, to share. It goes when no session holds it; a little later, if memory allows. */
export function rowsOf({ identity }: Folder): FolderRows {
  if (identity === undefined) return new FolderRows()
  const shared = known.get(identity)?.deref()
  if (shared !== undefined) return shared
  const rows = new FolderRows()
  known.set(identity, new WeakRef(rows))
  return rows
}
