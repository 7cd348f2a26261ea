import { FormatError } from '../errors.ts'
import { bytesOfMagic, checkMagic, chunkedMagic } from '../packet/magic.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'
import { chunkHashBytes, chunkLimits } from './limits.ts'

/** What a `.nncp.meta` file says of the file that was cut into chunks. */
export interface ChunkedMeta {
  /** Of the whole file. */
  readonly sizeBytes: number
  /** Of every chunk but the last, which may be smaller. */
  readonly chunkBytes: number
  /** MTH hash of each chunk, in order. */
  readonly hashes: readonly Uint8Array[]
}

/** How many chunks a file has: an empty file has one, empty chunk. */
export function chunkCount(sizeBytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / chunkBytes))
}

/** The exact size of the chunk of this number. */
export function chunkSizeBytes(meta: Pick<ChunkedMeta, 'sizeBytes' | 'chunkBytes'>, number: number): number {
  return Math.max(0, Math.min(meta.chunkBytes, meta.sizeBytes - number * meta.chunkBytes))
}

/** A whole `.nncp.meta` file. Throws RangeError for a description that contradicts itself or has too many chunks. */
export function encodeChunkedMeta(meta: ChunkedMeta): Uint8Array {
  const fault = faultOf(meta)
  if (fault !== undefined) throw new RangeError(fault)
  const writer = new XdrWriter()
    .fixedOpaque(bytesOfMagic(chunkedMagic))
    .u64(meta.sizeBytes)
    .u64(meta.chunkBytes)
    .u32(meta.hashes.length)
  for (const hash of meta.hashes) writer.fixedOpaque(hash)
  return writer.bytes()
}

/**
 * Reads a whole `.nncp.meta` file; the hashes are views into `bytes`. Throws FormatError `truncated`, `bad-magic`,
 * `bad-version`, `bad-size` (sizes and number of chunks do not fit each other), `too-large` (more chunks than
 * `chunkLimits` allows), `trailing-bytes`.
 */
export function decodeChunkedMeta(bytes: Uint8Array): ChunkedMeta {
  const reader = new XdrReader(bytes)
  checkMagic(reader.fixedOpaque(8), chunkedMagic)
  const sizeBytes = reader.size()
  const chunkBytes = reader.size()
  const count = reader.u32()
  if (count > chunkLimits.chunksMax) throw new FormatError('too-large', `more than ${chunkLimits.chunksMax} chunks`)
  const hashes: Uint8Array[] = []
  for (let number = 0; number < count; number += 1) hashes.push(reader.fixedOpaque(chunkHashBytes))
  reader.end()
  const meta = { sizeBytes, chunkBytes, hashes }
  const fault = faultOf(meta)
  if (fault !== undefined) throw new FormatError('bad-size', fault)
  return meta
}

function faultOf({ sizeBytes, chunkBytes, hashes }: ChunkedMeta): string | undefined {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return 'the size of a chunked file is no whole number'
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) return 'the size of chunks is not above zero'
  if (hashes.length > chunkLimits.chunksMax) return `more than ${chunkLimits.chunksMax} chunks`
  if (hashes.length !== chunkCount(sizeBytes, chunkBytes)) return 'the number of chunks does not fit the sizes'
  if (hashes.some(hash => hash.length !== chunkHashBytes)) return `the hash of a chunk is not ${chunkHashBytes} bytes`
  return undefined
}
