/** Content-Transfer-Encodings taken off (RFC 2045 section 6), as a stream. What makes no sense is left out. */

export interface Decoder {
  /** What the next bytes give. */
  push(bytes: Uint8Array): Uint8Array
}

const LF = 10
const CR = 13
const EQUALS = 61

const sextets = new Int8Array(128).fill(-1)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let value = 0; value < 64; value += 1) sextets[alphabet.charCodeAt(value)] = value

class Base64Decoder implements Decoder {
  #bits = 0
  #count = 0

  push(bytes: Uint8Array): Uint8Array {
    const decoded = new Uint8Array(Math.ceil((bytes.length * 3) / 4) + 1)
    let to = 0
    for (const byte of bytes) {
      // Padding: what follows begins anew.
      if (byte === EQUALS) this.#count = 0
      const sextet = sextets[byte] ?? -1
      if (sextet === -1) continue
      this.#bits = ((this.#bits << 6) | sextet) & 0xff_ffff
      this.#count += 6
      if (this.#count < 8) continue
      this.#count -= 8
      decoded[to] = (this.#bits >> this.#count) & 0xff
      to += 1
    }
    return decoded.subarray(0, to)
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const upper = byte & 0xdf
  return upper >= 65 && upper <= 70 ? upper - 55 : -1
}

class QuotedPrintableDecoder implements Decoder {
  /** `=` and what may belong to it, at the end of what came so far. */
  #open: readonly number[] = []

  push(bytes: Uint8Array): Uint8Array {
    const decoded = new Uint8Array(bytes.length + 3)
    let to = 0
    for (const byte of bytes) {
      const given = this.#next(byte)
      decoded.set(given, to)
      to += given.length
    }
    return decoded.subarray(0, to)
  }

  #next(byte: number): readonly number[] {
    const open = this.#open
    if (open.length === 0) {
      if (byte !== EQUALS) return [byte]
      this.#open = [byte]
      return []
    }
    this.#open = []
    if (open.length === 1) {
      // A soft line end is nothing; `=XX` is a byte.
      if (byte === LF) return []
      if (byte === CR || hexDigit(byte) !== -1) {
        this.#open = [...open, byte]
        return []
      }
      return [...open, ...this.#next(byte)]
    }
    const [, second = 0] = open
    if (second === CR) return byte === LF ? [] : [...open, ...this.#next(byte)]
    const low = hexDigit(byte)
    return low === -1 ? [...open, ...this.#next(byte)] : [hexDigit(second) * 16 + low]
  }
}

/** Undefined for an encoding that nobody here knows. */
export function decoderOf(encoding: string): Decoder | undefined {
  if (encoding === 'base64') return new Base64Decoder()
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder()
  return ['7bit', '8bit', 'binary'].includes(encoding) ? { push: bytes => bytes } : undefined
}

async function* piecesOf(bytes: AsyncIterable<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes
  else yield* bytes
}

export async function* decoded(
  bytes: AsyncIterable<Uint8Array> | Uint8Array,
  decoder: Decoder,
): AsyncGenerator<Uint8Array> {
  for await (const piece of piecesOf(bytes)) {
    const some = decoder.push(piece)
    if (some.length > 0) yield some
  }
}

/** How much a stream holds, and whether NUL is in it. Reads all of it. */
export async function measured(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly sizeBytes: number; readonly hasNul: boolean }> {
  let sizeBytes = 0
  let hasNul = false
  for await (const piece of stream) {
    sizeBytes += piece.length
    hasNul ||= piece.includes(0)
  }
  return { sizeBytes, hasNul }
}

/** The bytes of a stream from `start` on, `length` at most; the stream is closed where they end. */
export async function* cutOut(
  stream: AsyncIterable<Uint8Array>,
  { start, length }: { readonly start: number; readonly length: number },
): AsyncGenerator<Uint8Array> {
  let skip = start
  let left = length
  for await (const piece of stream) {
    const some = piece.subarray(skip, skip + left)
    skip = Math.max(0, skip - piece.length)
    left -= some.length
    if (some.length > 0) yield some
    if (left === 0) return
  }
}
