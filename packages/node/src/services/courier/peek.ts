/** The beginning of a stream before the whole of it. */
export interface Peeked {
  /** At least `sizeBytes` bytes, or all there are. */
  readonly first: Uint8Array
  /** The whole stream, the beginning included. To be read once. */
  readonly all: AsyncIterable<Uint8Array>
  /** Lets go of the source; to be called in every case. */
  readonly close: () => Promise<void>
}

/** Reads chunks of `source` until they hold `sizeBytes`. Errors of the source pass through. */
export async function peek(source: AsyncGenerator<Uint8Array>, sizeBytes: number): Promise<Peeked> {
  const chunks: Uint8Array[] = []
  let heldBytes = 0
  while (heldBytes < sizeBytes) {
    const next = await source.next()
    if (next.done === true) break
    // A copy: the chunk may be lent, and is handed out once more.
    chunks.push(Buffer.from(next.value))
    heldBytes += next.value.length
  }
  return {
    first: Buffer.concat(chunks),
    all: joined(chunks, source),
    close: async () => {
      await source.return(undefined)
    },
  }
}

async function* joined(chunks: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks
  yield* rest
}
