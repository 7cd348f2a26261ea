/**
 * A disk that forgets what was not synced: bytes of files until `sync` of the file, names until `syncDirectory`.
 *
 * When only the program dies, what it had written stays. When the power goes, of each file the synced bytes stay and
 * perhaps some of what was appended since; of the changes of names those that were synced, and of the others the first
 * so many, in the order in which they were made.
 */
import { dirname } from 'node:path'
import { diskError } from '../../packages/node/src/stores/files/disk-error.ts'
import type { DurableFiles, FileFacts, FileRange, FileWriter } from '../../packages/node/src/stores/files/index.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'

class Inode {
  readonly number: number
  bytes: Uint8Array = new Uint8Array(0)
  synced: Uint8Array = new Uint8Array(0)

  constructor(number: number) {
    this.number = number
  }
}

type Entry = Inode | 'directory'

/** Names given or taken in one step; null: taken. */
interface NameChange {
  readonly changes: readonly (readonly [path: string, entry: Entry | null])[]
}

const chunkBytes = 128 * 1024

export class SimulatedDisk {
  readonly #now: () => number
  #entries: Map<string, Entry>
  #durable: Map<string, Entry>
  #pending: NameChange[] = []
  readonly #marks = new Map<string, bigint>()
  #inodes = 0
  #ticks = 0n

  /** @param directories that are there, and synced. */
  constructor(now: () => number, directories: readonly string[]) {
    this.#now = now
    this.#durable = new Map(['/', ...directories].map(path => [path, 'directory']))
    this.#entries = new Map(this.#durable)
  }

  /** As it is now, all of it synced: as on another disk, whatever happens to this one. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk(this.#now, [])
    const inodes = new Map<Entry, Entry>()
    for (const [path, entry] of this.#entries) {
      const same = inodes.get(entry) ?? copied(entry)
      inodes.set(entry, same)
      copy.#entries.set(path, same)
    }
    copy.#durable = new Map(copy.#entries)
    copy.#inodes = this.#inodes
    copy.#ticks = this.#ticks
    return copy
  }

  /** All that the disk holds, by path. */
  *files(): Generator<[path: string, bytes: Uint8Array]> {
    for (const [path, entry] of this.#entries) if (entry !== 'directory') yield [path, entry.bytes]
  }

  /** Answers how many changes of names and how many bytes were lost. */
  losePower(dice: Dice): { names: number; bytes: number } {
    const kept = dice.between(0, this.#pending.length)
    for (const change of this.#pending.slice(0, kept)) apply(this.#durable, change)
    const lost = { names: this.#pending.length - kept, bytes: 0 }
    this.#pending = []
    // What lies in a directory whose own name is gone cannot be reached. Names above sort before those below.
    for (const path of [...this.#durable.keys()].sort()) {
      if (path !== '/' && this.#durable.get(dirname(path)) !== 'directory') this.#durable.delete(path)
    }
    for (const entry of new Set([...this.#entries.values(), ...this.#durable.values()])) {
      if (entry === 'directory') continue
      const { bytes, synced } = entry
      if (bytes !== synced && dice.chance(0.5)) lost.bytes += cutTo(entry, dice.between(synced.length, bytes.length))
      else lost.bytes += cutTo(entry, synced.length)
      entry.synced = entry.bytes
    }
    this.#entries = new Map(this.#durable)
    this.#marks.clear()
    return lost
  }

  /** The files as one life of the node sees and changes them. */
  of(life: Life): DurableFiles {
    const needing = <T>(what: string, deed: () => T) => life.change(what, 'needs-room', deed)
    const making = <T>(what: string, deed: () => T) => life.change(what, 'makes-room', deed)
    const looking = <T>(deed: () => T) => life.whileAlive(deed)
    return {
      create: path => needing('create', () => this.#writer(life, this.#create(path))),
      writeSmall: async (path, bytes) => {
        const inode = await needing('create', () => this.#create(path))
        await needing('write', () => append(inode, bytes))
        await needing('sync', () => sync(inode))
      },
      extend: (path, sizeBytes) => needing('extend', () => this.#extend(life, path, sizeBytes)),
      read: (path, range) => looking(() => this.#read(path, range)),
      readHead: (path, sizeBytesMax) => looking(() => this.#fileAt(path)?.bytes.slice(0, sizeBytesMax)),
      readSmall: (path, sizeBytesMax) => looking(() => this.#readSmall(path, sizeBytesMax)),
      facts: path => looking(() => this.#facts(path)),
      rename: (from, to) => needing('rename', () => this.#rename(from, to)),
      nameNew: (from, to) => needing('name', () => this.#nameNew(from, to)),
      unlink: path => making('unlink', () => this.#unlink(path)),
      removeTree: path => making('remove', () => this.#removeTree(path)),
      makeDirectory: path => needing('mkdir', () => this.#makeDirectory(path)),
      syncDirectory: path => needing('sync directory', () => this.#syncDirectory(path)),
      list: path => listed(looking(() => this.#names(path))),
      listFiles: path => looking(() => this.#names(path).filter(name => this.#isFile(`${path}/${name}`))),
      directoryMark: path => (this.#entries.get(path) === 'directory' ? (this.#marks.get(path) ?? 0n) : undefined),
    }
  }

  #change(...changes: readonly (readonly [path: string, entry: Entry | null])[]): void {
    const change = { changes }
    apply(this.#entries, change)
    this.#pending.push(change)
    this.#ticks += 1n
    for (const [path] of changes) this.#marks.set(dirname(path), BigInt(this.#now()) * 1_000_000n + this.#ticks)
  }

  #create(path: string): Inode {
    if (this.#entries.has(path)) throw systemError('EEXIST', path)
    if (this.#entries.get(dirname(path)) !== 'directory') throw systemError('ENOENT', path)
    this.#inodes += 1
    const inode = new Inode(this.#inodes)
    this.#change([path, inode])
    return inode
  }

  #extend(life: Life, path: string, sizeBytes?: number): FileWriter {
    const inode = this.#fileAt(path)
    if (inode === undefined) throw systemError('ENOENT', path)
    if (sizeBytes !== undefined) cutTo(inode, sizeBytes)
    return this.#writer(life, inode)
  }

  #writer(life: Life, inode: Inode): FileWriter {
    return {
      write: chunk => life.change('write', 'needs-room', () => append(inode, chunk)),
      sync: () => life.change('sync', 'needs-room', () => sync(inode)),
      close: () => life.whileAlive(() => {}),
    }
  }

  #read(path: string, range: FileRange = {}): AsyncIterable<Uint8Array> | undefined {
    const inode = this.#fileAt(path)
    if (inode === undefined) return undefined
    const { startBytes = 0, endBytes = Number.POSITIVE_INFINITY } = range
    return (async function* () {
      for (let start = startBytes; start < Math.min(endBytes, inode.bytes.length); start += chunkBytes) {
        yield inode.bytes.slice(start, Math.min(start + chunkBytes, endBytes))
      }
    })()
  }

  #readSmall(path: string, sizeBytesMax: number): string | undefined {
    const bytes = this.#fileAt(path)?.bytes
    return bytes === undefined || bytes.length > sizeBytesMax ? undefined : Buffer.from(bytes).toString('utf8')
  }

  #facts(path: string): FileFacts | undefined {
    const entry = this.#entries.get(path)
    if (entry === undefined) return undefined
    const changedAtNs = this.#marks.get(path) ?? 0n
    if (entry === 'directory') {
      return { kind: 'directory', sizeBytes: 0, modifiedAtMs: this.#now(), changedAtNs, identity: path }
    }
    const identity = `inode ${entry.number}`
    return { kind: 'file', sizeBytes: entry.bytes.length, modifiedAtMs: this.#now(), changedAtNs, identity }
  }

  #rename(from: string, to: string): void {
    const entry = this.#entries.get(from)
    if (entry === undefined || this.#entries.get(dirname(to)) !== 'directory') throw systemError('ENOENT', from)
    const below = entry === 'directory' ? [...this.#entries].filter(([path]) => path.startsWith(`${from}/`)) : []
    const moved = below.flatMap(([path, one]) => [[path, null] as const, [to + path.slice(from.length), one] as const])
    this.#change([from, null], [to, entry], ...moved)
  }

  #nameNew(from: string, to: string): 'named' | 'taken' {
    const entry = this.#entries.get(from)
    if (entry === undefined) throw systemError('ENOENT', from)
    if (this.#entries.has(to)) return 'taken'
    this.#change([to, entry])
    return 'named'
  }

  #unlink(path: string): boolean {
    if (this.#fileAt(path) === undefined) return false
    this.#change([path, null])
    return true
  }

  #removeTree(path: string): void {
    const below = [...this.#entries.keys()].filter(one => one === path || one.startsWith(`${path}/`))
    if (below.length > 0) this.#change(...below.map(one => [one, null] as const))
  }

  #makeDirectory(path: string): void {
    if (this.#entries.get(path) === 'directory') return
    if (path !== dirname(path)) this.#makeDirectory(dirname(path))
    this.#change([path, 'directory'])
  }

  /** What was done in this directory, and before that with the same files and names, is on the disk from now on. */
  #syncDirectory(path: string): void {
    const files = new Set<Entry>()
    const names = new Set<string>()
    const synced = new Set<NameChange>()
    for (const change of [...this.#pending].reverse()) {
      const concerned = change.changes.some(
        ([name, entry]) => dirname(name) === path || names.has(name) || (entry instanceof Inode && files.has(entry)),
      )
      if (!concerned) continue
      synced.add(change)
      for (const [name, entry] of change.changes) {
        names.add(name)
        if (entry instanceof Inode) files.add(entry)
      }
    }
    for (const change of this.#pending) if (synced.has(change)) apply(this.#durable, change)
    this.#pending = this.#pending.filter(change => !synced.has(change))
  }

  #names(path: string): string[] {
    const names: string[] = []
    for (const one of this.#entries.keys()) {
      if (one !== '/' && dirname(one) === path) names.push(one.slice(path.length + 1))
    }
    return names
  }

  #isFile(path: string): boolean {
    return this.#fileAt(path) !== undefined
  }

  #fileAt(path: string): Inode | undefined {
    const entry = this.#entries.get(path)
    return entry instanceof Inode ? entry : undefined
  }
}

async function* listed(names: Promise<readonly string[]>): AsyncGenerator<string> {
  yield* await names
}

function copied(entry: Entry): Entry {
  if (entry === 'directory') return entry
  const inode = new Inode(entry.number)
  inode.bytes = entry.bytes
  inode.synced = entry.bytes
  return inode
}

function apply(entries: Map<string, Entry>, { changes }: NameChange): void {
  for (const [path, entry] of changes) {
    if (entry === null) entries.delete(path)
    else entries.set(path, entry)
  }
}

function append(inode: Inode, bytes: Uint8Array): void {
  inode.bytes = Buffer.concat([inode.bytes, bytes])
}

function sync(inode: Inode): void {
  inode.synced = inode.bytes
}

/** Answers how many bytes are gone. */
function cutTo(inode: Inode, sizeBytes: number): number {
  const lost = Math.max(0, inode.bytes.length - sizeBytes)
  inode.bytes = inode.bytes.slice(0, sizeBytes)
  if (inode.synced.length > sizeBytes) inode.synced = inode.bytes
  return lost
}

function systemError(code: string, path: string): unknown {
  return diskError(Object.assign(new Error(code), { code }), 'a simulated operation', path)
}
