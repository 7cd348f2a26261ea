/** Reading in few large steps, each while the last one is still being used. Flat memory: two blocks. */

/** How long a chunk of a stream belongs to its reader. */
export interface Lending {
  /**
   * Chunks may be lent: each is valid until the next one is asked for, then its memory is used again. For readers that
   * write, hash or copy a chunk at once: a large packet then makes no garbage. Without it chunks may be kept.
   */
  readonly lent?: boolean
}

const firstBytes = 64 * 1024
const blockBytes = 512 * 1024

export interface ReadAheadOptions extends Lending {
  /** Fills the beginning of `buffer` with what comes next and answers how much that was; 0 only at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number>
  /** How much is read at most. */
  readonly sizeBytes: number
  readonly chunkBytesMax: number
}

/**
 * Chunks that their reader may keep, unless it wants them lent; errors of `read` pass through, after what was read
 * before them. When it ends in whatever way, no `read` is under way any more.
 */
export async function* readAhead(options: ReadAheadOptions): AsyncGenerator<Uint8Array> {
  const { read, sizeBytes, chunkBytesMax, lent = false } = options
  let leftBytes = sizeBytes
  /** The block before the one in use: its reader has asked for more since. */
  let spare: Buffer | undefined
  // Small files are many: they cost little, and whoever reads only a head does not pay for more.
  let stepBytes = Math.min(firstBytes, chunkBytesMax)
  const next = async (): Promise<Buffer | undefined> => {
    const wantedBytes = Math.min(stepBytes, leftBytes)
    const free = spare !== undefined && spare.length >= wantedBytes ? spare : undefined
    spare = undefined
    const buffer = free?.subarray(0, wantedBytes) ?? Buffer.allocUnsafeSlow(wantedBytes)
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
      if (lent) spare = block
    }
  } finally {
    await coming.catch(() => undefined)
  }
}
