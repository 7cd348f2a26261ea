/** What is small is best dealt with whole; what is not must stay a stream. */
export interface Gathered {
  /** All of a small source; of a larger one what was read to find out. */
  readonly whole: Uint8Array
  /** All of a larger source, `whole` included. Whoever does not read it to its end calls its `return`. */
  readonly stream?: Required<Pick<AsyncIterableIterator<Uint8Array>, 'next' | 'return' | typeof Symbol.asyncIterator>>
}

/** Reads until the source ends or has given more than `bytesMax`. Keeps copies: a source may use its buffers again. */
export async function gathered(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Gathered> {
  const rest = source[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  for (let bytes = 0; bytes <= bytesMax; ) {
    const next = await rest.next()
    if (next.done === true) return { whole: Buffer.concat(chunks) }
    // Not `slice`: that of a Buffer is a view.
    chunks.push(Buffer.from(next.value))
    bytes += next.value.length
  }
  const whole = Buffer.concat(chunks)
  return { whole, stream: following(whole, rest) }
}

function following(first: Uint8Array, rest: AsyncIterator<Uint8Array>): NonNullable<Gathered['stream']> {
  let pending: Uint8Array | undefined = first
  const stream: NonNullable<Gathered['stream']> = {
    async next() {
      if (pending === undefined) return rest.next()
      const value = pending
      pending = undefined
      return { done: false, value }
    },
    async return() {
      pending = undefined
      await rest.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
