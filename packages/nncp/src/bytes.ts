/** Whether both hold the same bytes. Not in constant time: for public values and for padding. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** Whether all bytes are zero. */
export function allZero(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0)
}
