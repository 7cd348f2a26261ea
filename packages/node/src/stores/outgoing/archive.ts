import { constants, type Dir } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { archiveEnd, archiveFiller, archiveHeaders } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { attempt, openRegular } from './source.ts'

const noFollow = constants.O_NOFOLLOW ?? 0

/** A folder with all folders and regular files in it, as `nncp-file` sends it; links and the like are passed over. */
export async function* folderAsArchive(path: string): AsyncGenerator<Uint8Array> {
  // Of `/` too the archive needs a name to unpack into.
  yield* folder(path, basename(resolve(path)) || 'root')
  yield archiveEnd()
}

async function* folder(path: string, name: string): AsyncGenerator<Uint8Array> {
  const { mtimeMs: modifiedAtMs } = await attempt(path, () => lstat(`${path}/.`))
  yield* headersOf({ type: 'folder', path: name, sizeBytes: 0, modifiedAtMs })
  const entries: Dir = await attempt(path, () => opendir(path))
  for await (const entry of entries) {
    const inner = { path: join(path, entry.name), name: `${name}/${entry.name}` }
    if (entry.isDirectory()) yield* folder(inner.path, inner.name)
    else if (entry.isFile()) yield* file(inner.path, inner.name)
  }
}

async function* file(path: string, name: string): AsyncGenerator<Uint8Array> {
  const { sizeBytes, modifiedAtMs, read, close } = await openRegular(path, noFollow)
  try {
    yield* headersOf({ type: 'file', path: name, sizeBytes, modifiedAtMs })
    yield* read()
    yield archiveFiller(sizeBytes)
  } finally {
    await close()
  }
}

function headersOf(member: Parameters<typeof archiveHeaders>[0]): Uint8Array[] {
  try {
    return archiveHeaders(member)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = `The name of ${member.path} is not Unicode and cannot be sent. Rename it.`
    throw new OperatingError(message, { code: 'source-unreadable', retry: 'never', fields: { path: member.path } })
  }
}
