/** A temporary folder for the tests of the folder transport. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Clock, systemClock } from '../../base/clock.ts'
import { type Log, silentLog } from '../../base/log.ts'
import type { ParcelRig } from '../contract/parcel.ts'
import { type FolderFiles, nodeFiles } from './files.ts'
import { folderTransport } from './index.ts'
import type { FolderLimits } from './limits.ts'

export interface FolderRig extends ParcelRig {
  /** The folder's own path. */
  readonly path: string
  /** A directory beside the folder, for things that must not be touched. */
  readonly outside: string
}

export interface FolderRigOptions {
  readonly files?: Partial<FolderFiles>
  readonly limits?: Partial<FolderLimits>
  readonly log?: Log
  readonly clock?: Clock
  /** A folder that exists; else one is made. */
  readonly path?: string
}

const quickLimits = { debounceMs: 5, pollMs: 20, rescanMs: 60_000 }

export async function folderRig(options: FolderRigOptions = {}): Promise<FolderRig> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'posthorn-folder-')))
  const path = options.path ?? join(home, 'stick')
  const outside = join(home, 'outside')
  await mkdir(path, { recursive: true })
  await mkdir(outside)
  let freeBytes: number | undefined
  const files: FolderFiles = {
    ...nodeFiles,
    statfs: async at => (freeBytes === undefined ? nodeFiles.statfs(at) : { bavail: freeBytes, blocks: 1, bsize: 1 }),
    ...options.files,
  }
  const transport = folderTransport({
    log: options.log ?? silentLog,
    random: randomBytes,
    clock: options.clock ?? systemClock,
    limits: { ...quickLimits, ...options.limits },
    files,
  })
  return {
    transport,
    path,
    outside,
    at: pathToFileURL(path),
    async plant(name, bytes) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await rm(join(path, name), { force: true })
      await writeFile(join(path, name), bytes)
    },
    list: () => filesBelow(path),
    read: name => readFile(join(path, name)),
    unplug: () => rename(path, join(home, 'unplugged')),
    plugIn: () => rename(join(home, 'unplugged'), path),
    setFreeBytes(bytes) {
      freeBytes = bytes
    },
    close: () => rm(home, { recursive: true, force: true }),
  }
}

/** Paths of all entries that are no directories, relative and sorted. */
export async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => !entry.isDirectory())
  return files.map(entry => join(entry.parentPath, entry.name).slice(path.length + 1)).sort()
}
