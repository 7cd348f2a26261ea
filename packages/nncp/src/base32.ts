const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

const letterValues = new Map(Array.from(alphabet, (letter, value) => [letter, value]))

/** RFC 4648 section 6, upper case, without padding: as NNCP writes keys and ids. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let pending = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(pending >> bits) & 31]
    }
    pending &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + alphabet[(pending << (5 - bits)) & 31]
}

/**
 * The bytes, or `undefined` unless `text` is exactly what `encodeBase32` writes for them: upper case, no padding,
 * no spaces, unused bits zero. One value thus has one text, and texts can be compared and used as file names.
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let pending = 0
  let filled = 0
  for (const letter of text) {
    const value = letterValues.get(letter)
    if (value === undefined) return undefined
    pending = (pending << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[filled++] = pending >> bits
      pending &= (1 << bits) - 1
    }
  }
  // Five or more unused bits mean a letter too many; unused bits that are set would be a second text for these bytes.
  return bits >= 5 || pending !== 0 ? undefined : bytes
}
