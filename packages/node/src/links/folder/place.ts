/**
 * Where on the medium something lies. Nothing outside the folder a person named is ever opened, made or removed: each
 * directory below it is looked at with lstat (a link is refused, not followed) and its real path must be the expected
 * one.
 */
import type { BigIntStats } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { explain, mediumGone, mediumObstructed } from './errors.ts'
import { directoryFlags, type FolderFiles } from './files.ts'

/** The folder a person named, found to be there. Itself it may be reached through links: a person chose it. */
export interface Root {
  /** Real path. */
  readonly path: string
  readonly device: bigint
  readonly inode: bigint
}

/** The path of a `file:` URL. Throws OperatingError `bad-folder-url`, retry `never`. */
function pathOf(at: URL): string {
  try {
    return fileURLToPath(at)
  } catch (cause) {
    throw new OperatingError('a folder of packets is named by a file: URL without a host', {
      code: 'bad-folder-url',
      retry: 'never',
      fields: { url: at.href },
      cause,
    })
  }
}

export class Places {
  readonly #files: FolderFiles
  /** Paths that were mount points once: when they are plain directories later, the stick is gone. */
  readonly #mountPoints = new Set<string>()
  /** Directories whose entries were made durable by this process. */
  readonly #durable = new Set<string>()

  constructor(files: FolderFiles) {
    this.#files = files
  }

  /** Throws OperatingError `medium-gone` when the folder is not there, or is the empty place where a stick was. */
  async root(at: URL): Promise<Root> {
    const named = pathOf(at)
    try {
      const path = await this.#files.realpath(named)
      const around = await this.#files.stat(dirname(path))
      const stats = await this.#files.stat(path)
      if (!stats.isDirectory()) throw mediumGone(named)
      // Two looks at two moments: a stick that goes between them must not make its folder pass for a mount point.
      if ((await this.#files.stat(dirname(path))).dev !== around.dev) throw mediumGone(named)
      const mounted = around.dev !== stats.dev
      if (mounted) this.#mountPoints.add(path)
      else if (this.#mountPoints.has(path)) throw mediumGone(named)
      return { path, device: stats.dev, inode: stats.ino }
    } catch (error) {
      throw explain(error, named, 'reading', systemCode(error) === 'EACCES')
    }
  }

  async isThere(at: URL): Promise<boolean> {
    try {
      await this.root(at)
      return true
    } catch {
      return false
    }
  }

  /** What an error met in the folder means, once it is known whether the folder is still there. */
  async explain(error: unknown, at: URL, doing: 'reading' | 'writing'): Promise<Error> {
    return explain(error, pathOf(at), doing, await this.isThere(at))
  }

  /** The directory below the root, or undefined when there is none. Throws `medium-obstructed` for anything else. */
  async existing(root: Root, ...names: readonly string[]): Promise<string | undefined> {
    let path = root.path
    for (const name of names) {
      path = join(path, name)
      const stats = await this.#lstat(path)
      if (stats === undefined) return undefined
      if (!stats.isDirectory()) throw mediumObstructed(path)
    }
    if ((await this.#files.realpath(path)) !== path) throw mediumObstructed(path)
    return path
  }

  /** The directory below the root, made and durable where it was missing. */
  async made(root: Root, ...names: readonly string[]): Promise<string> {
    let path = root.path
    for (const name of names) {
      const parent = path
      path = join(path, name)
      const found = await this.#lstat(path)
      // Nothing is made behind a link either.
      if (found !== undefined && !found.isDirectory()) throw mediumObstructed(path)
      if (found !== undefined) continue
      try {
        await this.#files.mkdir(path)
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error
      }
      await this.syncDirectory(parent)
    }
    const found = await this.existing(root, ...names)
    if (found === undefined) throw mediumGone(root.path)
    return found
  }

  /** Once per process: a packet found in place may have been renamed there just before a power cut. */
  async syncDirectoryOnce(path: string): Promise<void> {
    if (this.#durable.has(path)) return
    await this.syncDirectory(path)
    this.#durable.add(path)
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = await this.#files.open(path, directoryFlags)
    try {
      await directory.sync()
    } catch (error) {
      if (!withoutDirectorySync.has(systemCode(error) ?? '')) throw error
    } finally {
      await directory.close()
    }
  }

  async #lstat(path: string): Promise<BigIntStats | undefined> {
    return lstatIfThere(this.#files, path)
  }
}

/** FAT, exFAT and network file systems have no fsync for directories and say so in various ways. */
const withoutDirectorySync = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EBADF',
  'EISDIR',
  'EPERM',
  'EACCES',
])

export async function lstatIfThere(files: FolderFiles, path: string): Promise<BigIntStats | undefined> {
  try {
    return await files.lstat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Is it the same file, with the same content as far as the file system tells? */
export function isSameFile(one: BigIntStats, other: BigIntStats): boolean {
  return (
    other.isFile() &&
    one.dev === other.dev &&
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs
  )
}
