/**
 * What NNCP makes of a folder that is sent as a file: a POSIX pax archive (NNCP manual, "nncp-file") of folders and
 * regular files with nothing but their names, contents and times. Any `tar` unpacks it.
 *
 * It promises: headers for any name that is Unicode, of any length, and any size; to read back what it wrote, and to
 * refuse all else; and takes nothing from the platform.
 */
import { recordOf } from '../bundle/extended.ts'
import { encodeHeader, fillerBytesAfter, nameBytesMax } from '../bundle/header.ts'
import { plainSizeBytesMax } from '../bundle/limits.ts'
import { encodeUtf8 } from '../text.ts'

export { type ArchivedFile, readArchive } from './read.ts'

export interface ArchiveMember {
  readonly type: 'file' | 'folder'
  /** With `/` between folders. */
  readonly path: string
  /** Of a folder 0. */
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** Open to all, so that who unpacks it decides by his umask. */
const modes = { file: 0o666, folder: 0o777 } as const
/** As far as eleven octal digits go. */
const secondsMax = 8 ** 11 - 1

/**
 * Everything that stands before the content of a member; behind it stands `archiveFiller`. Throws RangeError for a path
 * with half a surrogate pair.
 */
export function archiveHeaders({ type, path, sizeBytes, modifiedAtMs }: ArchiveMember): Uint8Array[] {
  const plain = /^[\x20-\x7e]*$/.test(path) && path.length <= nameBytesMax
  const large = sizeBytes > plainSizeBytesMax
  const text = [
    ...(plain ? [] : [recordOf('path', path)]),
    ...(large ? [recordOf('size', String(sizeBytes))] : []),
    recordOf('mtime', (modifiedAtMs / 1000).toFixed(3)),
  ].join('')
  const records = encodeUtf8(text) ?? new Uint8Array(0)
  const name = path.replaceAll(/[^\x20-\x7e]/g, '_').slice(0, nameBytesMax)
  const modifiedAtSeconds = Math.min(Math.max(0, Math.floor(modifiedAtMs / 1000)), secondsMax)
  return [
    encodeHeader({ type: 'x', name: 'PaxHeaders.0', mode: 0, sizeBytes: records.length }),
    records,
    new Uint8Array(fillerBytesAfter(records.length)),
    encodeHeader({
      type: type === 'file' ? '0' : '5',
      name,
      mode: modes[type],
      sizeBytes: large ? 0 : sizeBytes,
      modifiedAtSeconds,
    }),
  ]
}

export function archiveFiller(sizeBytes: number): Uint8Array {
  return new Uint8Array(fillerBytesAfter(sizeBytes))
}

/** Behind the last member. */
export function archiveEnd(): Uint8Array {
  return new Uint8Array(1024)
}
