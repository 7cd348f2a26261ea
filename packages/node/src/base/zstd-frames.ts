/**
 * The outside of a Zstandard stream (RFC 8878 §3.1), walked block by block before any of it is decompressed.
 *
 * A decompressor answers a few hostile bytes with hundreds of megabytes at once. A block, however, never makes more
 * than 128 KiB; so what is handed on here is cut at block borders, and what comes out per piece is bounded whatever
 * went in. Truncation, rubbish between frames, dictionaries and huge windows are found here as well.
 */
import { OperatingError } from './errors.ts'

const frameMagic = 0xfd2fb528
/** The lower four bits are free (RFC 8878 §3.1.2). */
const skippableMagic = 0x184d2a50
const blockBytesMax = 128 * 1024
/** What RFC 8878 §3.1.1.1.2 recommends every decoder to support; NNCP's encoder stays within it. */
const windowBytesMax = 8 * 1024 * 1024

/** A piece is handed on when it holds so many bytes, or blocks that may become so many. */
const pieceBytesMax = 64 * 1024
const pieceOutputBytesMax = 512 * 1024

interface FrameHeader {
  readonly bytes: Buffer
  readonly windowBytes: number
  readonly contentBytes: bigint | null
  readonly checksum: boolean
}

interface Block {
  readonly bytes: readonly Buffer[]
  readonly outputBytesMax: number
  readonly last: boolean
}

export function corrupt(reason: string, cause?: unknown): OperatingError {
  return new OperatingError(`This is not a whole Zstandard stream: ${reason}.`, {
    code: 'zstd-corrupt',
    retry: 'never',
    cause,
  })
}

export function bomb(fields: Readonly<Record<string, unknown>>): OperatingError {
  return new OperatingError('The compressed data grows beyond what is allowed here; it was not unpacked.', {
    code: 'zstd-bomb',
    retry: 'never',
    fields,
  })
}

/**
 * The frames of `source`, unchanged but for skippable ones, in pieces that end at block borders. No bytes at all are a
 * stream of no frames: NNCP's encoder writes nothing for empty input.
 *
 * @throws OperatingError `zstd-corrupt`, `zstd-truncated`, `zstd-window`, or `zstd-bomb` when frames declare more
 *   content than `outputBytesMax`; all `never`. What `source` throws passes through.
 */
export async function* checkedFrames(
  source: AsyncIterable<Uint8Array>,
  options: { outputBytesMax: number },
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  let declaredBytes = 0n
  try {
    while (!(await reader.atEnd())) {
      const magic = (await reader.take(4)).readUInt32LE(0)
      if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
        await reader.skip((await reader.take(4)).readUInt32LE(0))
        continue
      }
      if (magic !== frameMagic) throw corrupt('its first bytes are not those of a frame')
      const header = await readFrameHeader(reader)
      declaredBytes += header.contentBytes ?? 0n
      if (declaredBytes > BigInt(options.outputBytesMax)) throw bomb({ declaredBytes: String(declaredBytes) })
      yield* frame(reader, header)
    }
  } finally {
    await reader.close()
  }
}

async function* frame(reader: ByteReader, header: FrameHeader): AsyncGenerator<Buffer> {
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(frameMagic)
  const blockMax = Math.min(header.windowBytes, blockBytesMax)
  let piece: Buffer[] = [magic, header.bytes]
  let pieceBytes = 0
  let pieceOutputBytes = 0
  let outputBytesMax = 0
  for (;;) {
    const block = await readBlock(reader, blockMax)
    piece.push(...block.bytes)
    for (const part of block.bytes) pieceBytes += part.length
    pieceOutputBytes += block.outputBytesMax
    outputBytesMax += block.outputBytesMax
    if (block.last) break
    if (pieceBytes < pieceBytesMax && pieceOutputBytes < pieceOutputBytesMax) continue
    yield Buffer.concat(piece)
    piece = []
    pieceBytes = 0
    pieceOutputBytes = 0
  }
  if (header.checksum) piece.push(await reader.take(4))
  // A decompressor may make room for as much as a frame declares, before it looks at its blocks.
  if ((header.contentBytes ?? 0n) > BigInt(outputBytesMax)) throw corrupt('it declares more than it can contain')
  yield Buffer.concat(piece)
}

/** RFC 8878 §3.1.1.1. */
async function readFrameHeader(reader: ByteReader): Promise<FrameHeader> {
  const first = await reader.take(1)
  const descriptor = first.readUInt8(0)
  if ((descriptor & 0x08) !== 0) throw corrupt('a reserved bit of a frame header is set')
  const singleSegment = (descriptor & 0x20) !== 0
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3] ?? 0
  const contentLength = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const windowLength = singleSegment ? 0 : 1
  const rest = await reader.take(windowLength + dictionaryLength + contentLength)
  if (rest.subarray(windowLength, windowLength + dictionaryLength).some(byte => byte !== 0)) {
    throw corrupt('it needs a dictionary')
  }
  const contentBytes = readContentSize(rest.subarray(windowLength + dictionaryLength))
  const windowBytes = singleSegment ? Number(contentBytes ?? 0n) : windowSize(rest.readUInt8(0))
  if (windowBytes > windowBytesMax) {
    throw new OperatingError('The compressed data wants more memory to unpack than is allowed here.', {
      code: 'zstd-window',
      retry: 'never',
      fields: { windowBytes, windowBytesMax },
    })
  }
  return { bytes: Buffer.concat([first, rest]), windowBytes, contentBytes, checksum: (descriptor & 0x04) !== 0 }
}

/** RFC 8878 §3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

/** RFC 8878 §3.1.1.1.4. */
function readContentSize(field: Buffer): bigint | null {
  if (field.length === 0) return null
  if (field.length === 1) return BigInt(field.readUInt8(0))
  if (field.length === 2) return BigInt(field.readUInt16LE(0) + 256)
  return field.length === 4 ? BigInt(field.readUInt32LE(0)) : field.readBigUInt64LE(0)
}

/** RFC 8878 §3.1.1.2: types raw (0), RLE (1), compressed (2), reserved (3). */
async function readBlock(reader: ByteReader, blockMax: number): Promise<Block> {
  const head = await reader.take(3)
  const header = head.readUIntLE(0, 3)
  const type = (header >> 1) & 3
  const size = header >> 3
  if (type === 3) throw corrupt('a block has a reserved type')
  if (size > blockMax) throw corrupt('a block is larger than a block may be')
  const content = await reader.take(type === 1 ? 1 : size)
  return { bytes: [head, content], outputBytesMax: type === 2 ? blockMax : size, last: (header & 1) === 1 }
}

/** Takes an exact number of bytes at a time out of chunks of any size. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #chunk: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async atEnd(): Promise<boolean> {
    return this.#chunk.length === 0 && !(await this.#more())
  }

  /** @throws OperatingError `zstd-truncated`. */
  async take(length: number): Promise<Buffer> {
    if (this.#chunk.length >= length) return this.#shift(length)
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      if (this.#chunk.length === 0) await this.#moreOrThrow()
      const part = this.#shift(Math.min(missing, this.#chunk.length))
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  async skip(length: number): Promise<void> {
    let missing = length
    while (missing > 0) {
      if (this.#chunk.length === 0) await this.#moreOrThrow()
      missing -= this.#shift(Math.min(missing, this.#chunk.length)).length
    }
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.()
  }

  #shift(length: number): Buffer {
    const part = this.#chunk.subarray(0, length)
    this.#chunk = this.#chunk.subarray(length)
    return part
  }

  async #moreOrThrow(): Promise<void> {
    if (await this.#more()) return
    throw new OperatingError('The compressed data ends in the middle of a frame.', {
      code: 'zstd-truncated',
      retry: 'never',
    })
  }

  async #more(): Promise<boolean> {
    while (!this.#ended) {
      const next = await this.#next()
      if (next.done === true) break
      if (next.value.length === 0) continue
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
      return true
    }
    this.#ended = true
    return false
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#source.next()
    } catch (error) {
      this.#ended = true
      throw error
    }
  }
}
