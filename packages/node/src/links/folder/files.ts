import { type BigIntStats, constants, type Dir, watch } from 'node:fs'
import { lstat, mkdir, open, opendir, realpath, rename, stat, statfs, unlink } from 'node:fs/promises'
import { systemCode } from '../../base/errors.ts'

/** An open file, as far as the folder transport needs one. */
export interface OpenFile {
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ bytesRead: number }>
  writeFile(data: Uint8Array): Promise<void>
  stat(options: { bigint: true }): Promise<BigIntStats>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file system as a parameter, so that tests can fill, break and remove it. Errors are the operating system's. */
export interface FolderFiles {
  statfs(path: string): Promise<{ readonly bavail: number; readonly blocks: number; readonly bsize: number }>
  open(path: string, flags: number): Promise<OpenFile>
  stat(path: string): Promise<BigIntStats>
  lstat(path: string): Promise<BigIntStats>
  mkdir(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  realpath(path: string): Promise<string>
  /** Names in a directory, read as they are asked for; none when it is gone. */
  names(path: string): AsyncIterable<string>
  /** Calls `changed` with the name of an entry that changed, or null. Throws when the system cannot watch. */
  watch(path: string, changed: (name: string | null) => void, failed: () => void): { close(): void }
}

/** Modes are left to the umask, as nncp-xfer leaves them: directories 0777, files 0666 before it. */
export const nodeFiles: FolderFiles = {
  statfs: path => statfs(path),
  open: (path, flags) => open(path, flags, 0o666),
  stat: path => stat(path, { bigint: true }),
  lstat: path => lstat(path, { bigint: true }),
  mkdir: path => mkdir(path, { mode: 0o777 }),
  rename: (from, to) => rename(from, to),
  unlink: path => unlink(path),
  realpath: path => realpath(path),
  async *names(path) {
    const directory = await openDirectory(path)
    if (directory === undefined) return
    for await (const entry of directory) yield entry.name
  },
  watch(path, changed, failed) {
    const watcher = watch(path, { persistent: false }, (_event, name) => changed(name))
    watcher.on('error', failed)
    return watcher
  },
}

async function openDirectory(path: string): Promise<Dir | undefined> {
  try {
    return await opendir(path, { bufferSize: 256 })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Never follows a link, never waits for the other end of a FIFO. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Only ever a file that was not there. */
export const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

export const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY
