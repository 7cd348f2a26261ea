/** One folder of the account in memory. */
import type {
  ByteRange,
  Flag,
  Folder,
  FolderChanges,
  FolderStatus,
  MessageRow,
  Refusal,
  SpecialUse,
  UidPair,
} from '../mailbox.ts'

interface Stored {
  row: MessageRow
  readonly bytes: Uint8Array
  readonly addedModseq: number
}

interface FlagChange {
  readonly how: 'add' | 'remove' | 'replace'
  readonly flags: readonly Flag[]
  readonly unchangedSince: number | undefined
}

const READ_PIECE_BYTES = 65_536

/** Bytes with CRLF line ends, as a store keeps or at least reads them. */
export function withCrlf(bytes: Uint8Array): Uint8Array {
  let bare = 0
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === 10 && bytes[at - 1] !== 13) bare += 1
  if (bare === 0) return bytes.slice()
  const result = new Uint8Array(bytes.length + bare)
  let to = 0
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 10 && bytes[at - 1] !== 13) {
      result[to] = 13
      to += 1
    }
    result[to] = bytes[at] ?? 0
    to += 1
  }
  return result
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += READ_PIECE_BYTES) yield bytes.slice(at, at + READ_PIECE_BYTES)
}

export class MemoryFolder {
  name: string
  readonly uidValidity: number
  subscribed = true
  readonly specialUse: SpecialUse | null
  readonly annotations = new Map<string, Uint8Array>()
  readonly #messages = new Map<number, Stored>()
  readonly #expunged: { uid: number; modseq: number }[] = []
  readonly #listeners = new Set<() => void>()
  #uidNext = 1
  #modseq = 1

  readonly #onChange: (name: string) => void

  constructor(name: string, uidValidity: number, specialUse: SpecialUse | null, onChange: (name: string) => void) {
    this.#onChange = onChange
    this.name = name
    this.uidValidity = uidValidity
    this.specialUse = specialUse
  }

  get sizeBytes(): number {
    let size = 0
    for (const { row } of this.#messages.values()) size += row.sizeBytes
    return size
  }

  add(bytes: Uint8Array, flags: readonly Flag[], internalDate: number): number {
    const uid = this.#uidNext
    this.#uidNext += 1
    this.#modseq += 1
    const row = { uid, flags: [...flags], sizeBytes: bytes.length, internalDate, modseq: this.#modseq }
    this.#messages.set(uid, { row, bytes, addedModseq: this.#modseq })
    this.#tell()
    return uid
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
    this.#onChange(this.name)
  }

  #remove(uids: readonly number[]): void {
    if (uids.length === 0) return
    this.#modseq += 1
    for (const uid of uids) {
      if (this.#messages.delete(uid)) this.#expunged.push({ uid, modseq: this.#modseq })
    }
    this.#tell()
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
      sizeBytes: this.sizeBytes,
      highestModseq: this.#modseq,
    }
  }

  get count(): number {
    return this.#messages.size
  }

  #deleted(): { messages: number; sizeBytes: number } {
    const rows = [...this.#messages.values()].map(({ row }) => row).filter(row => row.flags.includes('\\Deleted'))
    return { messages: rows.length, sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0) }
  }

  #changes(since: number): FolderChanges {
    const stored = [...this.#messages.values()]
    const added = stored.filter(each => each.addedModseq > since).map(({ row }) => row)
    const changed = stored.filter(each => each.addedModseq <= since && each.row.modseq > since).map(({ row }) => row)
    const expunged = since === 0 ? [] : this.#expunged.filter(each => each.modseq > since)
    const uids = expunged.map(({ uid }) => uid).sort((one, other) => one - other)
    return { added, changed, expunged: uids, highestModseq: this.#modseq }
  }

  #storeFlags(uids: readonly number[], change: FlagChange): readonly number[] {
    const { how, flags, unchangedSince = Number.POSITIVE_INFINITY } = change
    const modified: number[] = []
    for (const uid of [...new Set(uids)].sort((one, other) => one - other)) {
      const stored = this.#messages.get(uid)
      if (stored === undefined) continue
      if (stored.row.modseq > unchangedSince) {
        modified.push(uid)
        continue
      }
      const kept = how === 'replace' ? [] : stored.row.flags.filter(flag => !flags.includes(flag))
      const next = how === 'remove' ? kept : [...kept, ...flags]
      if (next.length === stored.row.flags.length && next.every(flag => stored.row.flags.includes(flag))) continue
      this.#modseq += 1
      stored.row = { ...stored.row, flags: next, modseq: this.#modseq }
    }
    this.#tell()
    return modified
  }

  #expunge(uids: readonly number[] | 'all'): readonly number[] {
    const wanted = uids === 'all' ? [...this.#messages.keys()] : [...new Set(uids)].sort((a, b) => a - b)
    const removed = wanted.filter(uid => this.#messages.get(uid)?.row.flags.includes('\\Deleted'))
    this.#remove(removed)
    return removed
  }

  #copyTo(uids: readonly number[], to: MemoryFolder): UidPair[] {
    const pairs: UidPair[] = []
    for (const uid of [...new Set(uids)].sort((a, b) => a - b)) {
      const stored = this.#messages.get(uid)
      if (stored === undefined) continue
      pairs.push({ from: uid, to: to.add(stored.bytes, stored.row.flags, stored.row.internalDate) })
    }
    return pairs
  }

  #read(uid: number, range: ByteRange | undefined): AsyncIterable<Uint8Array> | undefined {
    const bytes = this.#messages.get(uid)?.bytes
    return bytes && pieces(range === undefined ? bytes : bytes.subarray(range.start, range.end))
  }

  /** As the server sees it. `find` looks up the destination of copies. */
  asFolder(find: (name: string) => MemoryFolder | Refusal, room: (bytes: number) => Refusal | undefined): Folder {
    const transfer = async (uids: readonly number[], name: string, moves: boolean) => {
      const to = find(name)
      if ('refused' in to) return to
      const size = uids.reduce((sum, uid) => sum + (this.#messages.get(uid)?.row.sizeBytes ?? 0), 0)
      const full = moves ? undefined : room(size)
      if (full !== undefined) return full
      const pairs = this.#copyTo(uids, to)
      if (moves) this.#remove(pairs.map(pair => pair.from))
      return { uidValidity: to.uidValidity, pairs }
    }
    return {
      name: this.name,
      identity: this,
      status: async () => this.status(),
      changes: async since => this.#changes(since),
      onChange: listener => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      read: async (uid, range) => this.#read(uid, range),
      head: async (uid, bytesMax) => this.#messages.get(uid)?.bytes.slice(0, bytesMax),
      storeFlags: async (uids, how, flags, unchangedSince) => this.#storeFlags(uids, { how, flags, unchangedSince }),
      deleted: async () => this.#deleted(),
      expunge: async uids => this.#expunge(uids),
      copy: (uids, name) => transfer(uids, name, false),
      move: (uids, name) => transfer(uids, name, true),
    }
  }
}
