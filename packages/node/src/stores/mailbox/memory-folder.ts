/** One folder of the twin in memory. */
import type { ByteRange, Folder, FolderChanges, FolderStatus, MessageRow, Refusal, UidPair } from '@posthorn/imap'
import { OperatingError } from '../../base/errors.ts'
import { changedFlags, sameFlags } from './flags.ts'
import { nonexistent } from './refusals.ts'

interface Stored {
  readonly row: MessageRow
  readonly addedModseq: number
  readonly bytes: Uint8Array
  readonly chatDay: number | null
}

interface Expunged {
  readonly uid: number
  readonly addedModseq: number
  readonly modseq: number
}

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

  constructor(name: string, uidValidity: number) {
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

  get(uids: readonly number[]): Stored[] {
    const known = [...new Set(uids)].sort((one, other) => one - other).map(uid => this.#messages.get(uid))
    return known.filter(stored => stored !== undefined)
  }

  changes(since: number): FolderChanges {
    const stored = [...this.#messages.values()].filter(({ row }) => row.modseq > since)
    return {
      added: stored.filter(({ addedModseq }) => addedModseq > since).map(({ row }) => row),
      changed: stored.filter(({ addedModseq }) => addedModseq <= since).map(({ row }) => row),
      expunged: this.#expunged
        .filter(({ modseq, addedModseq }) => modseq > since && addedModseq <= since)
        .map(({ uid }) => uid)
        .sort((one, other) => one - other),
      highestModseq: this.#modseq,
    }
  }

  storeFlags(uids: readonly number[], how: 'add' | 'remove' | 'replace', flags: readonly string[]): void {
    const modseq = this.#modseq + 1
    for (const stored of this.get(uids)) {
      const after = changedFlags(stored.row.flags, how, flags)
      if (sameFlags(stored.row.flags, after)) continue
      this.#modseq = modseq
      this.#messages.set(stored.row.uid, { ...stored, row: { ...stored.row, flags: after, modseq } })
    }
    if (this.#modseq === modseq) this.notify()
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
    for (const { row, addedModseq } of doomed) {
      this.#messages.delete(row.uid)
      this.#expunged.push({ uid: row.uid, addedModseq, modseq: this.#modseq })
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
  }
}

/** A folder as the server sees it. `find` looks for the targets of copies. */
export function openMemoryFolder(
  folder: MemoryFolder,
  find: (name: string) => MemoryFolder | undefined,
  full: (moreBytes: number) => Refusal | undefined,
): Folder {
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
    status: async () => there().status(),
    changes: async since => there().changes(since),
    onChange: listener => folder.listen(listener),
    async read(uid, range) {
      const stored = folder.gone ? undefined : folder.get([uid])[0]
      return stored === undefined ? undefined : chunksOf(stored.bytes, range)
    },
    head: async (uid, bytesMax) => (folder.gone ? undefined : folder.get([uid])[0]?.bytes.slice(0, bytesMax)),
    storeFlags: async (uids, how, flags) => there().storeFlags(uids, how, flags),
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
  }
}

async function* chunksOf(bytes: Uint8Array, range: ByteRange | undefined): AsyncIterable<Uint8Array> {
  const end = Math.min(range?.end ?? bytes.length, bytes.length)
  for (let start = Math.max(0, range?.start ?? 0); start < end; start += chunkBytes) {
    yield bytes.slice(start, Math.min(end, start + chunkBytes))
  }
}
