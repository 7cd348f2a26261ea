/** One folder of the twin in memory. */
import type { ByteRange, Folder, FolderChanges, FolderStatus, MessageRow, Refusal, UidPair } from '@posthorn/imap'
import { memoryNotes } from '@posthorn/imap/memory'
import { OperatingError } from '../../base/errors.ts'
import { changedFlags, sameFlags } from './flags.ts'
import { mailboxLimits } from './limits.ts'
import { nonexistent } from './refusals.ts'

interface Stored {
  readonly row: MessageRow
  readonly addedModseq: number
  readonly bytes: Uint8Array
  readonly chatDay: number | null
}

interface Expunged {
  readonly uid: number
  readonly modseq: number
}

const { notedLettersMax: textLettersMax, notedHeaderBytesMax } = mailboxLimits
interface NewLetter {
  readonly bytes: Uint8Array
  readonly flags: readonly string[]
  readonly internalDate: number
  readonly chatDay?: number | null
}

const chunkBytes = 128 * 1024

export class MemoryFolder {
  name: string
  readonly uidValidity: number
  gone = false
  readonly annotations = new Map<string, Uint8Array>()
  readonly #messages = new Map<number, Stored>()
  readonly #expunged: Expunged[] = []
  readonly #listeners = new Set<() => void>()
  #uidNext = 1
  #modseq = 1

  readonly #onChange: (name: string) => void

  constructor(name: string, uidValidity: number, onChange: (name: string) => void) {
    this.#onChange = onChange
    this.name = name
    this.uidValidity = uidValidity
  }

  status(): FolderStatus {
    const rows = [...this.#messages.values()].map(({ row }) => row)
    return {
      name: this.name,
      uidValidity: this.uidValidity,
      uidNext: this.#uidNext,
      messages: rows.length,
      unseen: rows.filter(row => !row.flags.includes('\\Seen')).length,
      deleted: rows.filter(row => row.flags.includes('\\Deleted')).length,
      sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
      highestModseq: this.#modseq,
    }
  }

  /** One modification sequence for all of them. */
  add(letters: readonly NewLetter[]): number[] {
    if (letters.length === 0) return []
    this.#modseq += 1
    const uids = letters.map(({ bytes, flags, internalDate, chatDay = null }) => {
      const uid = this.#uidNext
      this.#uidNext += 1
      const row = { uid, flags, sizeBytes: bytes.length, internalDate, modseq: this.#modseq }
      this.#messages.set(uid, { row, addedModseq: this.#modseq, bytes, chatDay })
      return uid
    })
    this.notify()
    return uids
  }

  leap(): void {
    this.#uidNext += mailboxLimits.leapUids
    this.#modseq += mailboxLimits.leapModseqs
  }

  contents(): Uint8Array[] {
    return [...this.#messages.values()].map(({ bytes }) => bytes)
  }

  get(uids: readonly number[]): Stored[] {
    const known = [...new Set(uids)].sort((one, other) => one - other).map(uid => this.#messages.get(uid))
    return known.filter(stored => stored !== undefined)
  }

  all(): { uid: number; bytes: Uint8Array }[] {
    return [...this.#messages].map(([uid, { bytes }]) => ({ uid, bytes }))
  }

  changes(since: number): FolderChanges {
    const stored = [...this.#messages.values()].filter(({ row }) => row.modseq > since)
    return {
      added: stored.filter(({ addedModseq }) => addedModseq > since).map(({ row }) => row),
      changed: stored.filter(({ addedModseq }) => addedModseq <= since).map(({ row }) => row),
      expunged: this.#expunged
        .filter(({ modseq }) => since > 0 && modseq > since)
        .map(({ uid }) => uid)
        .sort((one, other) => one - other),
      highestModseq: this.#modseq,
    }
  }

  /** Answers the UIDs of those that changed after `unchangedSince`, which are left alone. */
  storeFlags(
    uids: readonly number[],
    how: 'add' | 'remove' | 'replace',
    flags: readonly string[],
    unchangedSince = Number.POSITIVE_INFINITY,
  ): number[] {
    const modseq = this.#modseq + 1
    const modified: number[] = []
    for (const stored of this.get(uids)) {
      if (stored.row.modseq > unchangedSince) {
        modified.push(stored.row.uid)
        continue
      }
      const after = changedFlags(stored.row.flags, how, flags)
      if (sameFlags(stored.row.flags, after)) continue
      this.#modseq = modseq
      this.#messages.set(stored.row.uid, { ...stored, row: { ...stored.row, flags: after, modseq } })
    }
    if (this.#modseq === modseq) this.notify()
    return modified
  }

  expunge(uids: readonly number[] | 'all'): number[] {
    const asked = this.get(uids === 'all' ? [...this.#messages.keys()] : uids)
    return this.drop(asked.filter(({ row }) => row.flags.includes('\\Deleted')).map(({ row }) => row.uid))
  }

  deleted(): { messages: number; sizeBytes: number } {
    const rows = [...this.#messages.values()].map(({ row }) => row).filter(row => row.flags.includes('\\Deleted'))
    return { messages: rows.length, sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0) }
  }

  /** Chat messages of this day and before, but for those that are flagged, which stay for good. */
  expireChat(until: number): number {
    const due = [...this.#messages.values()].filter(({ chatDay }) => chatDay !== null && chatDay <= until)
    const kept = due.filter(({ row }) => row.flags.includes('\\Flagged'))
    for (const stored of kept) this.#messages.set(stored.row.uid, { ...stored, chatDay: null })
    return this.drop(due.filter(stored => !kept.includes(stored)).map(({ row }) => row.uid)).length
  }

  drop(uids: readonly number[]): number[] {
    const doomed = this.get(uids)
    if (doomed.length === 0) return []
    this.#modseq += 1
    for (const { row } of doomed) {
      this.#messages.delete(row.uid)
      this.#expunged.push({ uid: row.uid, modseq: this.#modseq })
    }
    this.notify()
    return doomed.map(({ row }) => row.uid)
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  notify(): void {
    for (const listener of [...this.#listeners]) listener()
    this.#onChange(this.name)
  }
}

/** A folder as the server sees it. `find` looks for the targets of copies. */
export function openMemoryFolder(
  folder: MemoryFolder,
  find: (name: string) => MemoryFolder | undefined,
  about: { full: (moreBytes: number) => Refusal | undefined; fetched: (bytes: Uint8Array) => void },
): Folder {
  const { full, fetched } = about
  const there = (): MemoryFolder => {
    if (!folder.gone) return folder
    throw new OperatingError('The folder was removed.', { code: 'folder-gone', retry: 'never' })
  }
  const transfer = (uids: readonly number[], to: string): { uidValidity: number; pairs: UidPair[] } | Refusal => {
    const target = find(to)
    if (target === undefined) return nonexistent(to)
    const from = there().get(uids)
    const given = target.add(from.map(({ row: { flags, internalDate }, bytes }) => ({ bytes, flags, internalDate })))
    const pairs = from.map(({ row }, position) => ({ from: row.uid, to: given[position] ?? 0 }))
    return { uidValidity: target.uidValidity, pairs }
  }
  return {
    name: folder.name,
    identity: folder,
    status: async () => there().status(),
    changes: async since => there().changes(since),
    onChange: listener => folder.listen(listener),
    async read(uid, range) {
      const stored = folder.gone ? undefined : folder.get([uid])[0]
      return stored === undefined ? undefined : chunksOf(stored.bytes, range)
    },
    fetched: uids => {
      for (const { bytes } of folder.get(uids)) fetched(bytes)
    },
    head: async (uid, bytesMax) => (folder.gone ? undefined : folder.get([uid])[0]?.bytes.slice(0, bytesMax)),
    storeFlags: async (uids, how, flags, unchangedSince) => there().storeFlags(uids, how, flags, unchangedSince),
    deleted: async () => there().deleted(),
    expunge: async uids => there().expunge(uids),
    async copy(uids, to) {
      const sizes = there()
        .get(uids)
        .map(({ row }) => row.sizeBytes)
      return (find(to) && full(sizes.reduce((sum, size) => sum + size, 0))) ?? transfer(uids, to)
    },
    async move(uids, to) {
      const moved = transfer(uids, to)
      if (!('refused' in moved)) there().drop(moved.pairs.map(pair => pair.from))
      return moved
    },
    notes: memoryNotes(() => there().all(), { textLettersMax, notedHeaderBytesMax }),
  }
}

async function* chunksOf(bytes: Uint8Array, range: ByteRange | undefined): AsyncIterable<Uint8Array> {
  const end = Math.min(range?.end ?? bytes.length, bytes.length)
  for (let start = Math.max(0, range?.start ?? 0); start < end; start += chunkBytes) {
    yield bytes.slice(start, Math.min(end, start + chunkBytes))
  }
}
