/**
 * The files of a home as one archive, while the node runs.
 *
 * The database in it is a snapshot that was made before; the node keeps all files that the snapshot names until the
 * archive is done. Maildirs go on changing: a letter that is renamed or moved between the folders of its owner is met
 * again by listing them until nothing new is found, and each file of letters is read in one go, so that it is there
 * whole. The marks beside the folders come last, since no UID may be above them.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveEnd, archiveFiller, archiveHeaders } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { copyDatabase } from '../../stores/database/copy.ts'
import { diskError } from '../../stores/files/index.ts'
import { baseOf } from '../../stores/mailbox/file-name.ts'
import { isMarkName } from '../../stores/mailbox/maildir.ts'
import { openRegular } from '../../stores/outgoing/source.ts'
import { type Found, homePrefix, listed, manifestName } from './contents.ts'
import { backupLimits } from './limits.ts'

export interface PackOptions {
  /** Absolute. */
  readonly home: string
  readonly manifest: string
  /** The snapshot. */
  readonly database: string
  /** A name in a private folder, for copies of other databases. */
  readonly scratch: string
  readonly signal: AbortSignal
  readonly onFile?: (files: number, bytes: number) => void
}

export interface Packed {
  readonly files: number
  readonly bytes: number
  /** Links and the like, and names that are not Unicode: some of them, below the home. */
  readonly leftOut: readonly string[]
}

const sqliteMagic = Buffer.from('SQLite format 3\0')
/** What SQLite puts beside a database. */
const besideDatabase = /-(?:wal|shm|journal)$/
const databasePath = 'posthorn.db'
const mailPath = 'mail'
/** Their files are packets, letters and what people were sent: never databases of programs. */
const plainFolders = new Set(['spool', 'queue', 'incoming'])
const noFollow = constants.O_NOFOLLOW ?? 0
const nonBlocking = constants.O_NONBLOCK ?? 0

/** The archive, to be read once. Chunks are lent: each is valid until the next one is asked for. */
export class Packing {
  readonly #options: PackOptions
  readonly #leftOut: string[] = []
  #files = 0
  #bytes = 0

  constructor(options: PackOptions) {
    this.#options = options
  }

  outcome(): Packed {
    return { files: this.#files, bytes: this.#bytes, leftOut: this.#leftOut }
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const { home, manifest, database } = this.#options
    yield* this.#small(manifestName, Buffer.from(manifest), 0)
    // It is no file of the home.
    this.#files = this.#bytes = 0
    yield* this.#large(`${homePrefix}${databasePath}`, database)
    for await (const found of listed(home, '')) {
      const plain = plainFolders.has(found.path)
      if (found.path !== databasePath && found.path !== mailPath) yield* this.#found(found, { top: true, plain })
    }
    // The people's mail, and mail that was put away.
    for await (const { path, kind } of listed(home, mailPath)) {
      if (kind === 'folder') yield* this.#letters(path)
      else this.#leave(path)
    }
    yield archiveEnd()
  }

  /** A file, or a folder with all that is in it. Links are gone through at the top of the home only. */
  async *#found({ path, kind }: Found, how: { top: boolean; plain: boolean }): AsyncGenerator<Uint8Array> {
    const { home } = this.#options
    const is = how.top && kind === 'other' ? behindLink(join(home, path)) : kind
    if (is === 'other') this.#leave(path)
    else if (is === 'folder') {
      for await (const inner of listed(home, path)) yield* this.#found(inner, { ...how, top: false })
    } else if (how.plain || !isSqlite(join(home, path.replace(besideDatabase, '')))) yield* this.#homeFile(path, how)
    else if (!besideDatabase.test(path)) yield* this.#database(path)
  }

  async *#small(name: string, content: Uint8Array, modifiedAtMs: number): AsyncGenerator<Uint8Array> {
    const sizeBytes = content.length
    yield* archiveHeaders({ type: 'file', path: name, sizeBytes, modifiedAtMs })
    if (sizeBytes > 0) yield content
    yield archiveFiller(sizeBytes)
    this.#count(sizeBytes)
  }

  /** Of any size; as many bytes as it had when it was opened, or an error. */
  async *#large(name: string, at: string): AsyncGenerator<Uint8Array> {
    const { sizeBytes, modifiedAtMs, read, close } = await openRegular(at)
    try {
      yield* archiveHeaders({ type: 'file', path: name, sizeBytes, modifiedAtMs })
      for await (const chunk of read({ lent: true })) {
        this.#goOn()
        yield chunk
      }
      yield archiveFiller(sizeBytes)
      this.#count(sizeBytes)
    } finally {
      await close()
    }
  }

  async *#letters(folder: string): AsyncGenerator<Uint8Array> {
    const taken = new Set<string>()
    const marks = new Set<string>()
    for (let pass = 0; pass < backupLimits.passesMax; pass += 1) {
      const before = taken.size
      for await (const path of this.#lettersIn(folder)) {
        const name = path.slice(path.lastIndexOf('/') + 1)
        if (isMarkName(name)) marks.add(path)
        else if (!taken.has(keyOf(path)) && (yield* this.#homeFile(path, { top: false }))) taken.add(keyOf(path))
      }
      if (taken.size === before) break
    }
    for (const path of marks) yield* this.#homeFile(path, { top: false })
  }

  /** The files of a Maildir and its folders, but those in the making. In the order in which letters move. */
  async *#lettersIn(folder: string): AsyncGenerator<string> {
    const inner: string[] = []
    for await (const { path, kind } of listed(this.#options.home, folder)) {
      if (kind === 'folder') inner.push(path)
      else if (kind === 'file') yield path
      else this.#leave(path)
    }
    const isMaildir = inner.includes(`${folder}/cur`)
    inner.sort((one, other) => Number(one === `${folder}/cur`) - Number(other === `${folder}/cur`))
    for (const path of inner) if (!(isMaildir && path === `${folder}/tmp`)) yield* this.#lettersIn(path)
  }

  /** Answers whether there was such a file. */
  async *#homeFile(path: string, { top }: { top: boolean }): AsyncGenerator<Uint8Array, boolean> {
    this.#goOn()
    // What the system could not tell us in Unicode it will not find either.
    if (path.includes('\ufffd')) {
      this.#leave(path)
      return false
    }
    const at = join(this.#options.home, path)
    const read = readSmall(at, top ? 0 : noFollow)
    if (read === 'gone') return false
    if (read === 'other') this.#leave(path)
    else if (read === 'large') yield* this.#large(`${homePrefix}${path}`, at)
    else yield* this.#small(`${homePrefix}${path}`, read.content, read.modifiedAtMs)
    return read !== 'other'
  }

  /** Another program's SQLite file is copied by SQLite; what lies beside one belongs to it. */
  async *#database(path: string): AsyncGenerator<Uint8Array> {
    const { home, scratch, signal } = this.#options
    try {
      await copyDatabase(join(home, path), scratch, { signal })
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'database-damaged')) throw error
      // As it lies there: somebody may yet make something of it.
      yield* this.#homeFile(path, { top: false })
      return
    }
    try {
      yield* this.#large(`${homePrefix}${path}`, scratch)
    } finally {
      await rm(scratch, { force: true })
    }
  }

  #leave(path: string): void {
    if (this.#leftOut.length < backupLimits.namedMax && !this.#leftOut.includes(path)) this.#leftOut.push(path)
  }

  #count(bytes: number): void {
    this.#files += 1
    this.#bytes += bytes
    this.#options.onFile?.(this.#files, this.#bytes)
  }

  #goOn(): void {
    if (this.#options.signal.aborted) throw abortError(this.#options.signal)
  }
}

/** A letter is the same one wherever its name says that it was read. */
function keyOf(path: string): string {
  const match = /^(.*)\/(?:new|cur)\/([^/]+)$/.exec(path)
  return match === null ? path : `${match[1]}//${baseOf(match[2] ?? '')}`
}

function behindLink(at: string): Found['kind'] {
  const found = statSync(at, { throwIfNoEntry: false })
  return found?.isFile() === true ? 'file' : found?.isDirectory() === true ? 'folder' : 'other'
}

interface SmallFile {
  readonly content: Uint8Array
  readonly modifiedAtMs: number
}

/** At once: nobody else waits in this process, and trips to a thread cost many times what a small file does. */
function readSmall(at: string, flags: number): SmallFile | 'gone' | 'large' | 'other' {
  let descriptor: number
  try {
    descriptor = openSync(at, constants.O_RDONLY | nonBlocking | flags)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return 'gone'
    // A link, or a socket.
    if (code === 'ELOOP' || code === 'ENXIO') return 'other'
    throw diskError(error, 'reading a file', at)
  }
  try {
    const facts = fstatSync(descriptor)
    if (!facts.isFile()) return 'other'
    if (facts.size > backupLimits.smallBytesMax) return 'large'
    const content = Buffer.allocUnsafe(facts.size)
    let size = 0
    for (let read = -1; read !== 0 && size < content.length; size += read) {
      read = readSync(descriptor, content, size, content.length - size, null)
    }
    return { content: content.subarray(0, size), modifiedAtMs: facts.mtimeMs }
  } catch (error) {
    throw diskError(error, 'reading a file', at)
  } finally {
    closeSync(descriptor)
  }
}

function isSqlite(at: string): boolean {
  let descriptor: number
  try {
    descriptor = openSync(at, constants.O_RDONLY | nonBlocking)
  } catch {
    return false
  }
  try {
    const head = Buffer.alloc(sqliteMagic.length)
    return fstatSync(descriptor).isFile() && readSync(descriptor, head) === head.length && head.equals(sqliteMagic)
  } finally {
    closeSync(descriptor)
  }
}
