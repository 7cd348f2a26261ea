/** What the data of an extended header say about the next member. */
import { decodeUtf8, encodeUtf8 } from '../text.ts'

export interface Overrides {
  readonly path?: string
  readonly sizeBytes?: number
  readonly modifiedAtMs?: number
  /** The member's data are not its content. */
  readonly sparse?: boolean
}

/** Records `LENGTH KEY=VALUE\n` (POSIX.1-2001, pax); those behind a malformed one do not count. */
export function readRecords(data: Uint8Array): Overrides {
  let overrides: Overrides = {}
  for (let offset = 0; offset < data.length; ) {
    const space = data.indexOf(0x20, offset)
    const digits = space < 0 || space - offset > lengthDigitsMax ? undefined : decodeUtf8(data.subarray(offset, space))
    const length = digits !== undefined && /^[1-9]\d*$/.test(digits) ? Number(digits) : 0
    const end = offset + length
    if (end <= space + 1 || end > data.length || data[end - 1] !== 0x0a) return overrides
    const record = decodeUtf8(data.subarray(space + 1, end - 1))
    if (record !== undefined) overrides = { ...overrides, ...overrideIn(record) }
    offset = end
  }
  return overrides
}

const lengthDigitsMax = 6

function overrideIn(record: string): Overrides {
  const equals = record.indexOf('=')
  const key = record.slice(0, Math.max(equals, 0))
  const value = record.slice(equals + 1)
  if (key === 'path') return { path: value }
  // A size that is none is beyond all limits.
  if (key === 'size') return { sizeBytes: /^\d{1,16}$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY }
  if (key === 'mtime' && /^-?\d{1,12}(\.\d{1,9})?$/.test(value)) return { modifiedAtMs: Number(value) * 1000 }
  return key.startsWith('GNU.sparse.') ? { sparse: true } : {}
}

/** The records that a large packet needs, as NNCP orders them. */
export function encodeRecords(path: string, sizeBytes: number): Uint8Array {
  return encodeUtf8(recordOf('path', path) + recordOf('size', String(sizeBytes))) ?? new Uint8Array(0)
}

/** The length counts its own digits, and bytes. Throws RangeError for half a surrogate pair. */
export function recordOf(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = encodeUtf8(rest)?.length
  if (bytes === undefined) throw new RangeError('text with half a surrogate pair has no UTF-8')
  let length = bytes
  while (String(length).length + bytes !== length) length = String(length).length + bytes
  return `${length}${rest}`
}
