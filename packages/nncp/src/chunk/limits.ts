/** The bounds of chunked files. */
export const chunkLimits = {
  /** 256 GiB in chunks of 1 MiB; NNCP itself has no limit. */
  chunksMax: 2 ** 18,
} as const

/** Magic 8, two sizes of 8, the count 4; then 32 for each chunk. */
const chunkedMetaFixedBytes = 28
export const chunkHashBytes = 32

/** No `.nncp.meta` file that we take is larger. */
export const chunkedMetaBytesMax = chunkedMetaFixedBytes + chunkLimits.chunksMax * chunkHashBytes
