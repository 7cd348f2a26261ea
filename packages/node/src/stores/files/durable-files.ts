/**
 * The few file operations that the stores are built of, as a parameter: a test can make any of them fail.
 *
 * They promise: files are made new, for this user alone (0600, directories 0700), and never through a symbolic link.
 * When the operating system refuses, they reject with `disk-full` or `disk-failed` (retry `later`).
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fsync as fsyncWithCallback,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
} from 'node:fs/promises'
import { promisify } from 'node:util'
import { systemCode } from '../../base/errors.ts'
import { type Lending, readAhead } from '../../base/read-ahead.ts'
import { WriteBehind } from '../../base/write-behind.ts'
import { diskError } from './disk-error.ts'

/** A file in the making. */
export interface FileWriter {
  /** Takes a copy; that it could not be written may be heard of later, at the latest from `sync` or `close`. */
  write(chunk: Uint8Array): Promise<void>
  /** The bytes written so far are on the disk. The name is only after `syncDirectory`. */
  sync(): Promise<void>
  /** Whoever reads the file from now on finds all of it. Closed also when it rejects. */
  close(): Promise<void>
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other'
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** When anything of it was changed last, its name included; nobody can set this back. */
  readonly changedAtNs: bigint
  /** Two names with the same identity, at the same time, are names of one file. */
  readonly identity: string
}

export interface FileRange extends Lending {
  readonly startBytes?: number
  /** Exclusive. */
  readonly endBytes?: number
}

export interface DurableFiles {
  /** Rejects when the name is taken. */
  create(path: string): Promise<FileWriter>
  /**
   * A new file with a few bytes, which are on the disk (not yet its name) when it resolves. Rejects when the name is
   * taken; nothing of it stays when it rejects for another reason.
   */
  writeSmall(path: string, bytes: Uint8Array): Promise<void>
  /** Goes on at the end of a file, cut to `sizeBytes` first when that is given; rejects when there is none. */
  extend(path: string, sizeBytes?: number): Promise<FileWriter>
  /** `undefined` when there is no such file. It is open from now on, until the stream is read or given up. */
  read(path: string, range?: FileRange): Promise<AsyncIterable<Uint8Array> | undefined>
  /**
   * The first bytes of a file, fewer than asked for only where it ends; `undefined` when there is none. For what is
   * small and mostly in memory: it is read at once, with everybody waiting.
   */
  readHead(path: string, sizeBytesMax: number): Promise<Uint8Array | undefined>
  /** A small file as text; `undefined` when there is none, or when it is larger than `sizeBytesMax`. */
  readSmall(path: string, sizeBytesMax: number): Promise<string | undefined>
  facts(path: string): Promise<FileFacts | undefined>
  /** Replaces what has the name `to`. */
  rename(from: string, to: string): Promise<void>
  /**
   * Gives a file a name that nothing has: never replaces. The name `from` may be gone or stay. `taken` when something
   * has it; `impossible` when the file system has no such names.
   */
  nameNew(from: string, to: string): Promise<'named' | 'taken' | 'impossible'>
  /** `false` when there was no such file. */
  unlink(path: string): Promise<boolean>
  removeTree(path: string): Promise<void>
  /** With its parents; harmless when it is there. */
  makeDirectory(path: string): Promise<void>
  /** Names made, changed or removed in the directory are on the disk. */
  syncDirectory(path: string): Promise<void>
  /** The names in a directory, in no order, a few at a time; nothing when there is no such directory. */
  list(path: string): AsyncIterable<string>
  /** All of them at once, without what the file system says to be no regular file: quick for very many. */
  listFiles(path: string): Promise<string[]>
  /** Another one whenever a name was made or removed in the directory, unless within the same few milliseconds. */
  readonly directoryMark: (path: string) => bigint | undefined
}

/** Chunks of at most this many bytes come out of `read`. */
const chunkBytes = 128 * 1024
/** Windows has no such flag, and asks for a right to make links. */
const noFollow = constants.O_NOFOLLOW ?? 0
/** Opening a FIFO that somebody put there must not wait for its other end. */
const nonBlocking = constants.O_NONBLOCK ?? 0
/** Names asked of the system at once. */
const namesAtOnce = 512
const fsync = promisify(fsyncWithCallback)

export const diskFiles: DurableFiles = {
  async create(path) {
    return writerOf(path, await attempt('making a file', path, () => open(path, 'wx', 0o600)))
  },

  // What the system does in memory is done at once: sending it to a thread costs more. Only the disk is waited for.
  writeSmall: (path, bytes) =>
    attempt('writing a file', path, async () => {
      const descriptor = openSync(path, 'wx', 0o600)
      try {
        try {
          writeFileSync(descriptor, bytes)
          await fsync(descriptor)
        } finally {
          closeSync(descriptor)
        }
      } catch (error) {
        removeSilently(path)
        throw error
      }
    }),

  async extend(path, sizeBytes) {
    const flags = constants.O_WRONLY | constants.O_APPEND | noFollow
    const handle = await attempt('opening a file', path, () => open(path, flags))
    try {
      if (sizeBytes !== undefined) await attempt('cutting a file', path, () => handle.truncate(sizeBytes))
    } catch (error) {
      await handle.close()
      throw error
    }
    return writerOf(path, handle)
  },

  async read(path, range = {}) {
    const flags = constants.O_RDONLY | noFollow | nonBlocking
    const handle = await unlessMissing('reading a file', path, () => open(path, flags))
    return handle === undefined ? undefined : chunksOf(handle, path, range)
  },

  // Trips to a thread and back cost many times what the system needs to copy a page it has.
  readHead: (path, sizeBytesMax) =>
    unlessMissing('reading a file', path, async () => {
      const descriptor = openSync(path, constants.O_RDONLY | noFollow | nonBlocking)
      try {
        const bytes = new Uint8Array(sizeBytesMax)
        let size = 0
        while (size < sizeBytesMax) {
          const read = readSync(descriptor, bytes, size, sizeBytesMax - size, null)
          if (read === 0) break
          size += read
        }
        return bytes.subarray(0, size)
      } finally {
        closeSync(descriptor)
      }
    }),

  async readSmall(path, sizeBytesMax) {
    const found = await diskFiles.facts(path)
    if (found === undefined || found.kind !== 'file' || found.sizeBytes > sizeBytesMax) return undefined
    return unlessMissing('reading a file', path, () => readFile(path, 'utf8'))
  },

  async facts(path) {
    const look = () => lstat(path, { bigint: true })
    const stats = await unlessMissing('looking at a file', path, look, absentCodes)
    return stats === undefined
      ? undefined
      : {
          kind: kindOf(stats),
          sizeBytes: Number(stats.size),
          modifiedAtMs: Number(stats.mtimeMs),
          changedAtNs: stats.ctimeNs,
          identity: `${stats.dev}:${stats.ino}`,
        }
  },

  rename: (from, to) => attempt('naming a file', to, async () => renameSync(from, to)),

  nameNew: (from, to) =>
    attempt('naming a file', to, async () => {
      try {
        return await named(link(from, to))
      } catch (error) {
        if (!linklessCodes.has(systemCode(error) ?? '')) throw error
      }
      // A file system without links: the name is taken first, by an empty file. A crash in between leaves that.
      const taken = await named(open(to, 'wx', 0o600).then(handle => handle.close()))
      if (taken === 'named') await rename(from, to)
      return taken
    }),

  async unlink(path) {
    const done = await unlessMissing('removing a file', path, async () => {
      await unlink(path)
      return true
    })
    return done ?? false
  },

  removeTree: path => attempt('removing a directory', path, () => rm(path, { recursive: true, force: true })),

  async makeDirectory(path) {
    await attempt('making a directory', path, () => mkdir(path, { recursive: true, mode: 0o700 }))
  },

  syncDirectory: path =>
    attempt('writing a directory', path, async () => {
      // Windows cannot open directories; its file systems keep names in a journal.
      if (process.platform === 'win32') return
      const descriptor = openSync(path, 'r')
      try {
        await fsync(descriptor)
      } finally {
        closeSync(descriptor)
      }
    }),

  async *list(path) {
    const options = { bufferSize: namesAtOnce }
    const directory = await unlessMissing('listing a directory', path, () => opendir(path, options))
    if (directory === undefined) return
    try {
      for await (const entry of directory) yield entry.name
    } catch (error) {
      throw diskError(error, 'listing a directory', path)
    }
  },

  async listFiles(path) {
    const read = () => readdir(path, { withFileTypes: true })
    const entries = (await unlessMissing('listing a directory', path, read)) ?? []
    return entries.filter(entry => !isNoFile(entry)).map(({ name }) => name)
  },

  directoryMark: path => {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return stats?.isDirectory() === true ? stats.ctimeNs : undefined
  },
}

/** Some file systems do not tell what an entry is: then it may be a file. */
function isNoFile(entry: Dirent): boolean {
  if (entry.isFile()) return false
  const others = [entry.isDirectory(), entry.isSymbolicLink(), entry.isFIFO(), entry.isSocket()]
  return others.includes(true) || entry.isBlockDevice() || entry.isCharacterDevice()
}

/** After a failure, which is what the caller must hear of. */
function removeSilently(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It stays: whoever has files in the making removes them at the next start.
  }
}

function writerOf(path: string, handle: FileHandle): FileWriter {
  const behind = new WriteBehind(block => writeAll(handle, block))
  return {
    write: chunk => attempt('writing a file', path, () => behind.add(chunk)),
    sync: () =>
      attempt('writing a file', path, async () => {
        await behind.flush()
        await handle.sync()
      }),
    close: () =>
      attempt('closing a file', path, async () => {
        try {
          await behind.flush()
        } finally {
          await handle.close()
        }
      }),
  }
}

/** What file systems say that have no hard links, as those of most sticks. */
const linklessCodes = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
const missingCodes = new Set(['ENOENT'])
/** There is no file of a name that there cannot be. */
const absentCodes = new Set(['ENOENT', 'ENAMETOOLONG'])
/** A name that is too long for the file system, or has characters that it does not have. */
const impossibleCodes = new Set(['ENAMETOOLONG', 'EINVAL', 'EILSEQ'])

async function named(attempted: Promise<void>): Promise<'named' | 'taken' | 'impossible'> {
  try {
    await attempted
    return 'named'
  } catch (error) {
    const code = systemCode(error) ?? ''
    if (code === 'EEXIST') return 'taken'
    if (impossibleCodes.has(code)) return 'impossible'
    throw error
  }
}

function kindOf(stats: BigIntStats): FileFacts['kind'] {
  if (stats.isFile()) return 'file'
  return stats.isDirectory() ? 'directory' : 'other'
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0
  while (written < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written)
    written += bytesWritten
  }
}

async function* chunksOf(handle: FileHandle, path: string, range: FileRange): AsyncIterable<Uint8Array> {
  let position = range.startBytes ?? 0
  const sizeBytes = Math.max(0, (range.endBytes ?? Number.POSITIVE_INFINITY) - position)
  const read = (buffer: Uint8Array) =>
    attempt('reading a file', path, async () => {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
      position += bytesRead
      return bytesRead
    })
  try {
    yield* readAhead({ read, sizeBytes, chunkBytesMax: chunkBytes, lent: range.lent ?? false })
  } finally {
    await handle.close()
  }
}

async function attempt<T>(doing: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw diskError(error, doing, path)
  }
}

async function unlessMissing<T>(
  doing: string,
  path: string,
  operation: () => Promise<T>,
  missing = missingCodes,
): Promise<T | undefined> {
  try {
    return await operation()
  } catch (error) {
    if (missing.has(systemCode(error) ?? '')) return undefined
    throw diskError(error, doing, path)
  }
}
