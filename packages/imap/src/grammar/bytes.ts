/**
 * Commands and headers are handled as *binary strings*: one character for one byte, 0x00 to 0xff. Nothing is lost or
 * guessed that way; text for people is decoded where it is needed.
 */
const PIECE = 8192
const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** From so many bytes on, a decoder or encoder is quicker than going through them here. */
const DECODED_FROM = 48
const decoder = new TextDecoder()

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if ((bytes[at] ?? 0) > 127) return false
  return true
}

export function binaryOf(bytes: Uint8Array): string {
  if (bytes.length >= DECODED_FROM && isAscii(bytes)) return decoder.decode(bytes)
  let binary = ''
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece: string = Reflect.apply(String.fromCharCode, String, bytes.subarray(at, at + PIECE))
    binary += piece
  }
  return binary
}

export function bytesOf(binary: string): Uint8Array {
  if (binary.length >= DECODED_FROM) {
    // What is ASCII is the same in UTF-8, and anything else is longer there.
    const bytes = encoder.encode(binary)
    if (bytes.length === binary.length) return bytes
  }
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at)
  return bytes
}

export function binaryOfText(text: string): string {
  return binaryOf(encoder.encode(text))
}

/** The text if the bytes are UTF-8, else undefined. */
export function utf8TextOf(binary: string): string | undefined {
  try {
    return strictDecoder.decode(bytesOf(binary))
  } catch {
    return undefined
  }
}

/** The text: UTF-8 if it is that, else ISO 8859-1, which fits every byte. */
export function textOf(binary: string): string {
  return utf8TextOf(binary) ?? binary
}

/** Bytes of a base64 text as a binary string; undefined when it is not base64 with its padding. */
export function binaryOfBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    return atob(text)
  } catch {
    return undefined
  }
}

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined) return only
  let size = 0
  for (const piece of pieces) size += piece.length
  const joined = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}
