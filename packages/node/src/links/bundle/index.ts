/**
 * Bundles as files.
 *
 * It promises: a bundle has its name when all of it is on the disk, and not before; no file is ever replaced; nothing
 * half-written stays unless the medium went away. What is read may be anything.
 * Tapes and other devices are no files here: they are reached through standard input and output of the command line.
 *
 * It fails with `bundle-exists`, `bundle-missing`, `bundle-unreadable`, `bundle-unwritable`, `medium-full` or
 * `medium-file-too-big`.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAbort, messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import { readAhead } from '../../base/read-ahead.ts'
import { WriteBehind } from '../../base/write-behind.ts'

/** Where a bundle goes. Whoever began it ends it: commit or discard. */
export interface BundleSink {
  write(chunk: Uint8Array): Promise<void>
  /** Durable, under its name, when it resolves. */
  commit(): Promise<void>
  /** Forgets what was written. Harmless after a commit. */
  discard(): Promise<void>
}

export interface BundleSource {
  readonly sizeBytes: number
  /** Lets go of the file when it is left. */
  read(): AsyncIterable<Uint8Array>
}

const chunkBytesMax = 128 * 1024
/** Windows has no such flags. */
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @throws OperatingError `bundle-missing`, or `bundle-unreadable` for what is no regular file. */
export async function openBundle(path: string): Promise<BundleSource> {
  const { file, sizeBytes } = await opened(path)
  await file.close()
  return { sizeBytes, read: () => chunksOf(path) }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const { file, sizeBytes } = await opened(path)
  const read = (buffer: Uint8Array) =>
    attempt('reading', path, async () => (await file.read(buffer, 0, buffer.length)).bytesRead)
  try {
    yield* readAhead({ read, sizeBytes, chunkBytesMax })
  } finally {
    await file.close()
  }
}

async function opened(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  const file = await attempt('reading', path, () => open(path, readFlags))
  const found = await attempt('reading', path, () => file.stat())
  if (found.isFile()) return { file, sizeBytes: found.size }
  await file.close()
  const message = `${path} is no file. Read tapes and pipes through standard input: posthorn bundle read - < ${path}`
  throw new OperatingError(message, { code: 'bundle-unreadable', retry: 'never', fields: { path } })
}

/** @throws OperatingError `bundle-exists`, `bundle-unwritable`. */
export async function createBundle(path: string): Promise<BundleSink> {
  await refuseIfThere(path)
  const temporary = join(dirname(path), `.posthorn-${randomBytes(9).toString('hex')}.tmp`)
  const file = await attempt('writing', path, () => open(temporary, 'wx', 0o600))
  const behind = new WriteBehind(block => file.writeFile(block))
  let state: 'open' | 'closed' | 'named' = 'open'
  const close = async () => {
    if (state !== 'open') return
    state = 'closed'
    await file.close()
  }
  return {
    write: chunk => attempt('writing', path, () => behind.add(chunk)),
    commit: () =>
      attempt('writing', path, async () => {
        await behind.flush()
        await file.sync()
        await close()
        await refuseIfThere(path)
        await rename(temporary, path)
        state = 'named'
        await syncDirectory(dirname(path))
      }),
    async discard() {
      if (state === 'named') return
      await behind.flush().catch(() => {})
      await close().catch(() => {})
      await rm(temporary, { force: true }).catch(() => {})
    },
  }
}

/** A bundle may be the only copy of what is in it. */
async function refuseIfThere(path: string): Promise<void> {
  try {
    await lstat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw explained(error, 'writing', path)
  }
  const message = `${path} is there already, and may be the only copy of what is in it. Choose another name.`
  throw new OperatingError(message, { code: 'bundle-exists', retry: 'never', fields: { path } })
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

type Doing = 'reading' | 'writing'

async function attempt<T>(doing: Doing, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explained(error, doing, path)
  }
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT'])

function explained(error: unknown, doing: Doing, path: string): unknown {
  if (error instanceof OperatingError || isAbort(error)) return error
  const code = systemCode(error)
  const failure = (words: string, ours: string) =>
    new OperatingError(words, { code: ours, retry: 'later', fields: { path, systemCode: code }, cause: error })
  if (doing === 'reading') {
    if (code === 'ENOENT') return failure(`There is no file ${path}.`, 'bundle-missing')
    return failure(`${path} cannot be read: ${messageOf(error)}`, 'bundle-unreadable')
  }
  if (code !== undefined && fullCodes.has(code)) return failure(`There is no room for ${path}.`, 'medium-full')
  if (code === 'EFBIG') {
    return failure(`The file system of ${path} holds no file of this size (FAT: 4 GiB).`, 'medium-file-too-big')
  }
  return failure(`${path} cannot be written: ${messageOf(error)}`, 'bundle-unwritable')
}
