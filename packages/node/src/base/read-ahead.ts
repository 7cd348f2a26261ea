/** Reading in few large steps, each while the last one is still being used. Flat memory: two blocks. */
const firstBytes = 64 * 1024
const blockBytes = 512 * 1024

export interface ReadAheadOptions {
  /** Fills the beginning of `buffer` with what comes next and answers how much that was; 0 only at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number>
  /** How much is read at most. */
  readonly sizeBytes: number
  readonly chunkBytesMax: number
}

/**
 * Chunks that their reader may keep; errors of `read` pass through, after what was read before them. When it ends in
 * whatever way, no `read` is under way any more.
 */
export async function* readAhead({ read, sizeBytes, chunkBytesMax }: ReadAheadOptions): AsyncGenerator<Uint8Array> {
  let leftBytes = sizeBytes
  // Small files are many: they cost little, and whoever reads only a head does not pay for more.
  let stepBytes = Math.min(firstBytes, chunkBytesMax)
  const next = async (): Promise<Uint8Array | undefined> => {
    const buffer = Buffer.allocUnsafeSlow(Math.min(stepBytes, leftBytes))
    if (buffer.length === 0) return undefined
    stepBytes = blockBytes
    const found = await read(buffer)
    leftBytes -= found
    return found === 0 ? undefined : buffer.subarray(0, found)
  }
  let coming = next()
  try {
    for (let block = await coming; block !== undefined; block = await coming) {
      coming = next()
      // Heard of when its turn comes, if the reader still wants it then.
      coming.catch(() => undefined)
      for (let start = 0; start < block.length; start += chunkBytesMax) {
        yield block.subarray(start, start + chunkBytesMax)
      }
    }
  } finally {
    await coming.catch(() => undefined)
  }
}
