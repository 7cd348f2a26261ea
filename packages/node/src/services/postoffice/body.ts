import type { Body } from '../../stores/spool/spool.ts'

/** The rest of a body. */
export function after(body: Body, offsetBytes: number): Body {
  return {
    sizeBytes: body.sizeBytes - offsetBytes,
    read: (startBytes = 0) => body.read(offsetBytes + startBytes),
  }
}

export function bodyInMemory(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      yield bytes.subarray(startBytes)
    },
  }
}
