/**
 * Zstandard streams (RFC 8878) in flat memory: the bodies of NNCP's exec packets.
 *
 * Node's own zstd where the running Node has it, a library with native code where not. Both only see pieces that
 * `zstd-frames.ts` has checked. Bytes from outside are refused with an OperatingError, retry `never`; what the source
 * throws passes through unchanged.
 */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { OperatingError } from './errors.ts'
import { gathered } from './gathered.ts'
import { bomb, checkedFrames, corrupt } from './zstd-frames.ts'

export interface ZstdDecompressOptions {
  /** More output than this is a bomb. */
  readonly outputBytesMax: number
  /** More output than this for one byte of input is a bomb, once there is more than 1 MiB of it. */
  readonly ratioMax: number
}

const ratioFreeBytes = 1024 * 1024

/** What is no larger is compressed in one step: setting up a stream costs far more than a small letter. */
const atOnceBytesMax = 64 * 1024

interface Codec {
  compress(whole: Uint8Array): Uint8Array
  /** One frame, whose content is small. */
  decompress(whole: Uint8Array): Uint8Array
  compressor(): Transform
  decompressor(): Transform
}

/** One frame with a checksum where the library writes one; empty input makes an empty frame. */
export async function* zstdCompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const codec = await loadCodec()
  const { whole, stream } = await gathered(source, atOnceBytesMax)
  if (stream === undefined) yield codec.compress(whole)
  else yield* through(stream, codec.compressor())
}

/**
 * The content of all frames of `source`. Nothing in, nothing out.
 *
 * @throws OperatingError `zstd-corrupt`, `zstd-truncated`, `zstd-window` (more than 8 MiB) or `zstd-bomb`; all `never`.
 *   Output that came before the fault was found has been yielded already: keep none of it.
 */
export async function* zstdDecompress(
  source: AsyncIterable<Uint8Array>,
  options: ZstdDecompressOptions,
): AsyncGenerator<Uint8Array> {
  const codec = await loadCodec()
  const input = new Watched(source, options)
  let outputBytes = 0
  try {
    for await (const chunk of decoded(input.pieces(), codec)) {
      outputBytes += chunk.length
      const allowed = Math.max(ratioFreeBytes, input.bytes * options.ratioMax)
      if (outputBytes > options.outputBytesMax || outputBytes > allowed) {
        input.failure = bomb({ outputBytes, inputBytes: input.bytes })
        throw input.failure
      }
      yield chunk
    }
  } catch (error) {
    if (input.failure !== undefined) throw input.failure
    throw corrupt('its content does not decode', error)
  }
}

/**
 * Nothing in, nothing out: Node's decompressor would call that a frame cut short. A piece that is all there is holds a
 * whole frame, of bounded content: it is decompressed in one step.
 */
async function* decoded(pieces: AsyncGenerator<Uint8Array>, codec: Codec): AsyncGenerator<Uint8Array> {
  const first = await pieces.next()
  if (first.done === true) return
  const second = await pieces.next()
  if (second.done === true) {
    yield codec.decompress(first.value)
    return
  }
  const all = async function* () {
    yield first.value
    yield second.value
    yield* pieces
  }
  yield* through(all(), codec.decompressor())
}

/** Counts what goes into the decompressor, and remembers what failed before it: only its own errors are `corrupt`. */
class Watched {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #options: ZstdDecompressOptions
  bytes = 0
  failure: Error | undefined

  constructor(source: AsyncIterable<Uint8Array>, options: ZstdDecompressOptions) {
    this.#source = source
    this.#options = options
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of checkedFrames(this.#source, this.#options)) {
        this.bytes += piece.length
        yield piece
      }
    } catch (error) {
      this.failure = asError(error)
      throw this.failure
    }
  }
}

/** Back-pressure both ways: a stage takes the next piece when what it made of the last one was taken. */
async function* through(source: AsyncIterable<Uint8Array>, stage: Transform): AsyncGenerator<Uint8Array> {
  const feeding = feed(source, stage)
  try {
    for await (const chunk of stage as AsyncIterable<unknown>) {
      if (chunk instanceof Uint8Array) yield chunk
    }
  } finally {
    stage.destroy()
    await feeding
  }
}

/** Ends when the source does, or when the stage is gone; a failure of the source becomes one of the stage. */
async function feed(source: AsyncIterable<Uint8Array>, stage: Transform): Promise<void> {
  try {
    for await (const piece of source) {
      if (stage.destroyed) return
      if (!stage.write(piece)) await writable(stage)
    }
    stage.end()
  } catch (error) {
    stage.destroy(asError(error))
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function writable(stage: Transform): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      stage.removeListener('drain', done)
      stage.removeListener('close', done)
      resolve()
    }
    stage.on('drain', done)
    stage.on('close', done)
  })
}

let codec: Promise<Codec> | undefined

function loadCodec(): Promise<Codec> {
  codec ??= builtInCodec() ?? libraryCodec()
  return codec
}

/** Node 22.15 and later; the type definitions in use are older. */
function builtInCodec(): Promise<Codec> | undefined {
  const module: Record<string, unknown> = { ...zlib }
  const { createZstdCompress, createZstdDecompress, zstdCompressSync, zstdDecompressSync } = module
  if (typeof createZstdCompress !== 'function' || typeof createZstdDecompress !== 'function') return undefined
  if (typeof zstdCompressSync !== 'function' || typeof zstdDecompressSync !== 'function') return undefined
  return Promise.resolve({
    compress: whole => zstdCompressSync(whole) as Uint8Array,
    decompress: whole => zstdDecompressSync(whole) as Uint8Array,
    compressor: () => createZstdCompress() as Transform,
    decompressor: () => createZstdDecompress() as Transform,
  })
}

async function libraryCodec(): Promise<Codec> {
  const { compress, decompress, Compressor, Decompressor } = await import('@cloudpss/zstd')
  if (typeof Compressor !== 'function' || typeof Decompressor !== 'function') {
    throw new OperatingError(
      'This machine has no Zstandard: the native part of @cloudpss/zstd does not run here. Use Node 22.15 or later.',
      { code: 'zstd-missing', retry: 'later' },
    )
  }
  return {
    compress: whole => compress(whole),
    decompress: whole => decompress(whole),
    compressor: () => new Compressor(),
    decompressor: () => new Decompressor(),
  }
}
