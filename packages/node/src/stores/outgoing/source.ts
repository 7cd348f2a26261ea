import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { type Lending, readAhead } from '../../base/read-ahead.ts'
import { folderAsArchive } from './archive.ts'

/** Something to send. Read once, or closed. */
export interface FileSource {
  readonly kind: 'file' | 'folder'
  /** null: an archive, whose size is known when it has been read. */
  readonly sizeBytes: number | null
  /** Chunks may be kept unless `how` lets them be lent. */
  readonly read: (how?: Lending) => AsyncIterable<Uint8Array>
  /** Harmless after it was read. */
  readonly close: () => Promise<void>
}

const chunkBytes = 128 * 1024
const nonBlocking = constants.O_NONBLOCK ?? 0

/** Follows links: whoever calls has decided that the path may be sent. @throws OperatingError as the room says. */
export async function openSource(path: string): Promise<FileSource> {
  const found = await attempt(path, () => stat(path))
  if (found.isDirectory()) {
    return { kind: 'folder', sizeBytes: null, read: () => folderAsArchive(path), close: async () => {} }
  }
  if (!found.isFile()) throw notRegular(path, ' What a pipe or device gives can be sent through -.')
  const opened = await openRegular(path)
  return { kind: 'file', sizeBytes: opened.sizeBytes, read: opened.read, close: opened.close }
}

export interface RegularFile {
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly read: (how?: Lending) => AsyncIterable<Uint8Array>
  readonly close: () => Promise<void>
}

/** @param flags more than reading: `O_NOFOLLOW`. */
export async function openRegular(path: string, flags = 0): Promise<RegularFile> {
  // Opening a pipe that somebody put there meanwhile must not hang.
  const handle = await attempt(path, () => open(path, constants.O_RDONLY | nonBlocking | flags))
  try {
    const facts = await handle.stat()
    if (!facts.isFile()) throw notRegular(path)
    const sizeBytes = facts.size
    return {
      sizeBytes,
      modifiedAtMs: facts.mtimeMs,
      read: how => bytesOf(handle, path, { ...how, sizeBytes }),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function* bytesOf(
  handle: FileHandle,
  path: string,
  { sizeBytes, lent = false }: Lending & { readonly sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  let position = 0
  const read = (buffer: Uint8Array) =>
    attempt(path, async () => {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
      position += bytesRead
      return bytesRead
    })
  try {
    yield* readAhead({ read, sizeBytes, chunkBytesMax: chunkBytes, lent })
  } finally {
    await handle.close()
  }
  if (position >= sizeBytes) return
  throw new OperatingError(`${path} became shorter while it was read. Send it when nobody writes it.`, {
    code: 'source-changed',
    retry: 'later',
    fields: { path },
  })
}

/** @param advice to those who can take it: not everything that reads files also reads standard input. */
function notRegular(path: string, advice = ''): OperatingError {
  const message = `${path} is neither a file nor a folder.${advice}`
  return new OperatingError(message, { code: 'source-unreadable', retry: 'never', fields: { path } })
}

export async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    const systemCause = systemCode(error)
    if (error instanceof OperatingError || systemCause === undefined) throw error
    const missing = systemCause === 'ENOENT' || systemCause === 'ENOTDIR'
    const message = missing ? `There is no ${path}.` : `${path} cannot be read: ${systemCause}.`
    const code = missing ? 'source-missing' : 'source-unreadable'
    throw new OperatingError(message, { code, retry: 'never', fields: { path, systemCode: systemCause }, cause: error })
  }
}
