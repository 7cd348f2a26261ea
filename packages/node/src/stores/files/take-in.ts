import { abortError } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'

export interface TakeInOptions {
  readonly signal: AbortSignal
  /** More bytes than this end the stream with an OperatingError `too-large`, retry `never`. */
  readonly sizeBytesMax: number
}

/**
 * Hands each chunk of `source` to `sink`, one at a time, and answers how many bytes there were. Ends at once when the
 * signal fires, even while the source is silent; what the source throws passes as it is.
 */
export async function takeIn(
  source: AsyncIterable<Uint8Array>,
  options: TakeInOptions,
  sink: (chunk: Uint8Array) => Promise<void> | void,
): Promise<number> {
  const { signal, sizeBytesMax } = options
  const iterator = source[Symbol.asyncIterator]()
  let sizeBytes = 0
  try {
    for (;;) {
      const next = await nextOrAbort(iterator, signal)
      if (next.done === true) return sizeBytes
      sizeBytes += next.value.length
      if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax)
      if (next.value.length > 0) await sink(next.value)
    }
  } catch (error) {
    // Not awaited: a source that hangs must not hang us. It has been told.
    Promise.resolve(iterator.return?.()).catch(() => undefined)
    throw error
  }
}

function tooLarge(sizeBytesMax: number): OperatingError {
  const message = `This is larger than the ${sizeBytesMax} bytes that are taken in at most.`
  return new OperatingError(message, { code: 'too-large', retry: 'never', fields: { sizeBytesMax } })
}

/** One listener a chunk: a promise kept for the whole stream would keep every chunk that was raced against it. */
function nextOrAbort(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array, unknown>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    const stop = () => reject(abortError(signal))
    const done = () => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop, { once: true })
    iterator.next().then(resolve, reject).finally(done)
  })
}
