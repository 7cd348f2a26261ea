import { withRoom } from '../bytes.ts'
import { FormatError } from '../errors.ts'

/** A byte stream, taken in pieces of a chosen size. */
export interface ByteSource {
  /**
   * The next `sizeBytes`, fewer only at the end of the stream. Valid until the next call: it may be a view into a chunk
   * of the stream or into a buffer that is used again.
   */
  readonly take: (sizeBytes: number) => Promise<Uint8Array>
  /** Lets go of the stream, whether it has ended or not. May be called again. */
  readonly close: () => Promise<void>
}

/**
 * Holds one chunk of the stream, and one buffer for what did not come in one chunk, no larger than was asked for.
 * `take` throws FormatError `too-large` once the stream has given more than `bytesMax`; errors of the stream pass
 * through.
 */
export function byteSource(stream: AsyncIterable<Uint8Array>, bytesMax = Number.POSITIVE_INFINITY): ByteSource {
  const chunks = stream[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  let seenBytes = 0
  let ended = false
  let buffer: Uint8Array = new Uint8Array(0)

  async function nextChunk(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await chunks.next()
    } catch (error) {
      // A stream that threw has ended by itself and must not be asked to.
      ended = true
      throw error
    }
  }

  /** Makes `chunk` the next one that holds something; false at the end. */
  async function advance(): Promise<boolean> {
    while (chunk.length === 0 && !ended) {
      const next = await nextChunk()
      if (next.done === true) {
        ended = true
        break
      }
      chunk = next.value
      seenBytes += chunk.length
      if (seenBytes > bytesMax) throw new FormatError('too-large', `more than ${bytesMax} bytes`)
    }
    return chunk.length > 0
  }

  async function take(sizeBytes: number): Promise<Uint8Array> {
    if (!(await advance())) return new Uint8Array(0)
    if (chunk.length >= sizeBytes) {
      const piece = chunk.subarray(0, sizeBytes)
      chunk = chunk.subarray(sizeBytes)
      return piece
    }
    let filled = 0
    while (filled < sizeBytes && (await advance())) {
      const piece = chunk.subarray(0, sizeBytes - filled)
      buffer = withRoom(buffer, { filled, wanted: filled + piece.length, sizeBytesMax: sizeBytes })
      buffer.set(piece, filled)
      filled += piece.length
      chunk = chunk.subarray(piece.length)
    }
    return buffer.subarray(0, filled)
  }

  async function close(): Promise<void> {
    if (ended) return
    ended = true
    chunk = new Uint8Array(0)
    await chunks.return?.()
  }

  return { take, close }
}
