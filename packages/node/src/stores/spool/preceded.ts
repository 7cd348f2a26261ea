import type { Body } from './spool.ts'

/** A body with some bytes in front of it, from `offsetBytes` of it on. */
export function preceded(body: Body, bytes: Uint8Array, offsetBytes = 0): Body {
  return {
    sizeBytes: bytes.length + body.sizeBytes - offsetBytes,
    async *read(startBytes = 0) {
      if (startBytes < bytes.length) yield bytes.subarray(startBytes)
      yield* body.read(offsetBytes + Math.max(0, startBytes - bytes.length))
    },
  }
}
