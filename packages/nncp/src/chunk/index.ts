/**
 * Chunked files (NNCP manual, "Chunked files"): a large file as many small ones, `FILE.nncp.chunk0` and so on, and one
 * that describes them, `FILE.nncp.meta`.
 *
 * It promises: what is encoded is, byte for byte, what `nncp-file -chunked` writes; whatever is read ends well, within
 * its limits, or with a `FormatError`. That a chunk is the one described is for the caller to check, by its hash.
 */
export { chunkedMetaBytesMax, chunkLimits } from './limits.ts'
export * from './meta.ts'
export * from './names.ts'
