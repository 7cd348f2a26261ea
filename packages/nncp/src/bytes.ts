/** Whether both hold the same bytes. Not in constant time: for public values and for padding. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** Whether all bytes are zero. */
export function allZero(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0)
}

/**
 * `buffer`, or a larger one with the same first `filled` bytes when `wanted` do not fit. It grows as bytes come, up to
 * `sizeBytesMax`: many packets are small, and a buffer for a whole block would be most of what they cost.
 */
export function withRoom(
  buffer: Uint8Array,
  { filled, wanted, sizeBytesMax }: { filled: number; wanted: number; sizeBytesMax: number },
): Uint8Array {
  if (wanted <= buffer.length) return buffer
  const larger = new Uint8Array(Math.max(wanted, Math.min(sizeBytesMax, 4 * buffer.length)))
  larger.set(buffer.subarray(0, filled))
  return larger
}

/** All of them, one behind the other, in a fresh array. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}
