/** One person's mail in memory. */
import { joinBytes } from '../grammar/bytes.ts'
import type {
  AccountChange,
  AppendMessage,
  AppendOptions,
  FolderInfo,
  MailAccount,
  Refusal,
  SpecialUse,
} from '../mailbox.ts'
import { MemoryFolder, withCrlf } from './folder.ts'

export interface MemoryAccountOptions {
  readonly address: string
  /** Milliseconds since 1970. */
  now(): number
  /** Null or absent: no limit. */
  readonly limitBytes?: number | null
  /** Told, not kept. */
  readonly limitMessages?: number | null
  /** Hold what is delivered until `releaseHeld`, as for a person whose first client is not ready. */
  readonly holding?: boolean
}

export interface MemoryAccount extends MailAccount {
  /** Delivers into INBOX, or holds. Answers the uid, or `held`. Bare LF becomes CRLF. */
  deliver(bytes: Uint8Array): number | 'held'
  /** Messages that are held. */
  readonly held: number
}

const ANNOTATIONS_MAX = 100
const FIRST_UID_VALIDITY = 1_700_000_000

function refusal(refused: Refusal['refused'], text: string): Refusal {
  return { refused, text }
}

async function* one(message: AppendMessage): AsyncGenerator<AppendMessage> {
  yield message
}

class Account implements MemoryAccount {
  readonly address: string
  readonly #options: MemoryAccountOptions
  readonly #folders = new Map<string, MemoryFolder>()
  readonly #annotations = new Map<string, Uint8Array>()
  readonly #listeners = new Set<(change: AccountChange) => void>()
  #uidValidityNext = FIRST_UID_VALIDITY
  #held: { bytes: Uint8Array; at: number }[] = []
  #holding: boolean

  constructor(options: MemoryAccountOptions) {
    this.address = options.address
    this.#options = options
    this.#holding = options.holding ?? false
    this.#make('INBOX', null)
    for (const [name, use] of [
      ['Drafts', '\\Drafts'],
      ['Sent', '\\Sent'],
      ['Trash', '\\Trash'],
    ] as const) {
      this.#make(name, use)
    }
  }

  #make(name: string, specialUse: SpecialUse | null): void {
    const onChange = (folder: string) => this.#tell({ folder })
    this.#folders.set(name, new MemoryFolder(name, this.#uidValidityNext, specialUse, onChange))
    this.#uidValidityNext += 1
    this.#tell('folders')
  }

  #tell(change: AccountChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  onChange(listener: (change: AccountChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #find(name: string): MemoryFolder | Refusal {
    return this.#folders.get(name) ?? refusal('nonexistent', 'There is no such folder')
  }

  get held(): number {
    return this.#held.length
  }

  deliver(bytes: Uint8Array): number | 'held' {
    const kept = withCrlf(bytes)
    const at = this.#options.now()
    if (this.#holding) {
      this.#held.push({ bytes: kept, at })
      return 'held'
    }
    const inbox = this.#find('INBOX')
    return 'refused' in inbox ? 'held' : inbox.add(kept, [], at)
  }

  async releaseHeld(): Promise<void> {
    this.#holding = false
    const held = this.#held
    this.#held = []
    const inbox = this.#find('INBOX')
    if (!('refused' in inbox)) for (const { bytes, at } of held) inbox.add(bytes, [], at)
  }

  async folders(): Promise<readonly FolderInfo[]> {
    return [...this.#folders.values()].map(({ name, subscribed, specialUse }) => ({ name, subscribed, specialUse }))
  }

  async status(name: string) {
    const folder = this.#find(name)
    return 'refused' in folder ? folder : folder.status()
  }

  async open(name: string) {
    const folder = this.#find(name)
    if ('refused' in folder) return folder
    return folder.asFolder(
      other => this.#find(other),
      bytes => this.#room(bytes),
    )
  }

  async create(name: string, specialUse: SpecialUse | null = null): Promise<Refusal | undefined> {
    if (this.#folders.has(name)) return refusal('already-exists', 'There is such a folder')
    this.#make(name, specialUse)
    return undefined
  }

  /** What is expected is there from the beginning. */
  async furnish(): Promise<void> {}

  async annotations(name: string) {
    if (name === '') return this.#annotations
    const folder = this.#find(name)
    return 'refused' in folder ? folder : folder.annotations
  }

  async annotate(name: string, changes: ReadonlyMap<string, Uint8Array | null>): Promise<Refusal | undefined> {
    const folder = name === '' ? { annotations: this.#annotations } : this.#find(name)
    if ('refused' in folder) return folder
    if (folder.annotations.size + changes.size > ANNOTATIONS_MAX) return refusal('limit', 'Too many annotations')
    for (const [entry, value] of changes) {
      if (value === null) folder.annotations.delete(entry)
      else folder.annotations.set(entry, value)
    }
    return undefined
  }

  async remove(name: string): Promise<Refusal | undefined> {
    if (name === 'INBOX') return refusal('not-allowed', 'INBOX cannot be deleted')
    if (!this.#folders.delete(name)) return refusal('nonexistent', 'There is no such folder')
    this.#tell('folders')
    return undefined
  }

  async rename(from: string, to: string): Promise<Refusal | undefined> {
    if (from === 'INBOX') return refusal('not-allowed', 'INBOX cannot be renamed')
    if (!this.#folders.has(from)) return refusal('nonexistent', 'There is no such folder')
    if (this.#folders.has(to)) return refusal('already-exists', 'There is such a folder')
    for (const folder of this.#folders.values()) {
      if (folder.name !== from && !folder.name.startsWith(`${from}/`)) continue
      this.#folders.delete(folder.name)
      folder.name = to + folder.name.slice(from.length)
      this.#folders.set(folder.name, folder)
    }
    this.#tell('folders')
    return undefined
  }

  async subscribe(name: string, subscribed: boolean): Promise<Refusal | undefined> {
    const folder = this.#find(name)
    if ('refused' in folder) return folder
    folder.subscribed = subscribed
    this.#tell('folders')
    return undefined
  }

  async append(name: string, source: AsyncIterable<Uint8Array>, options: AppendOptions) {
    const result = await this.appendAll(name, one({ source, options }))
    return 'refused' in result ? result : { uidValidity: result.uidValidity, uid: result.uids[0] ?? 0 }
  }

  async appendAll(name: string, messages: AsyncIterable<AppendMessage>) {
    const folder = this.#find(name)
    if ('refused' in folder) return folder
    const taken: { bytes: Uint8Array; options: AppendOptions }[] = []
    let sizeBytes = 0
    for await (const { source, options } of messages) {
      sizeBytes += options.sizeBytes
      const full = this.#room(sizeBytes)
      if (full !== undefined) return full
      const pieces: Uint8Array[] = []
      for await (const piece of source) pieces.push(piece)
      const bytes = joinBytes(pieces)
      if (bytes.length !== options.sizeBytes) throw new Error('the source has another size than announced')
      taken.push({ bytes: withCrlf(bytes), options })
    }
    const uids = taken.map(({ bytes, options }) => {
      return folder.add(bytes, options.flags, options.internalDate ?? this.#options.now())
    })
    return { uidValidity: folder.uidValidity, uids }
  }

  async quota() {
    const folders = [...this.#folders.values()]
    return {
      usedBytes: folders.reduce((sum, folder) => sum + folder.sizeBytes, 0),
      limitBytes: this.#options.limitBytes ?? null,
      usedMessages: folders.reduce((sum, folder) => sum + folder.count, 0),
      limitMessages: this.#options.limitMessages ?? null,
    }
  }

  #room(bytes: number): Refusal | undefined {
    const { limitBytes } = this.#options
    if (limitBytes === null || limitBytes === undefined) return undefined
    let used = 0
    for (const folder of this.#folders.values()) used += folder.sizeBytes
    return used + bytes > limitBytes ? refusal('over-quota', 'The mailbox is full') : undefined
  }
}

/** An account with INBOX, Drafts, Sent and Trash, all empty. */
export function memoryAccount(options: MemoryAccountOptions): MemoryAccount {
  return new Account(options)
}
