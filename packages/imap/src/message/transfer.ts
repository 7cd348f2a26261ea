/** Content-Transfer-Encoding (RFC 2045 section 6), undone piece by piece. What is no code is passed over. */

export interface TransferDecoder {
  push(bytes: Uint8Array): Uint8Array
}

const EQUALS = 61
const LF = 10

const sixBits = new Int8Array(256).fill(-1)
for (const [value, sign] of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').entries()) {
  sixBits[sign.charCodeAt(0)] = value
}

class Base64 implements TransferDecoder {
  #bits = 0
  #count = 0

  push(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(Math.ceil(((bytes.length + 3) * 3) / 4))
    let length = 0
    for (const byte of bytes) {
      const value = sixBits[byte] ?? -1
      if (value < 0) {
        // Padding ends a run; another may follow.
        if (byte === EQUALS) this.#count = 0
        continue
      }
      this.#bits = ((this.#bits << 6) | value) & 0xff_ffff
      this.#count += 6
      if (this.#count < 8) continue
      this.#count -= 8
      out[length] = (this.#bits >> this.#count) & 0xff
      length += 1
    }
    return out.subarray(0, length)
  }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

class QuotedPrintable implements TransferDecoder {
  /** What follows a `=` whose meaning is not known yet. */
  #held: number[] = []

  push(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length + 3)
    let length = 0
    for (const byte of bytes) {
      if (this.#held.length === 0) {
        if (byte === EQUALS) this.#held.push(byte)
        else {
          out[length] = byte
          length += 1
        }
        continue
      }
      this.#held.push(byte)
      const decoded = this.#decide()
      if (decoded === undefined) continue
      for (const each of decoded) {
        out[length] = each
        length += 1
      }
      this.#held = []
    }
    return out.subarray(0, length)
  }

  /** Undefined: not known yet. */
  #decide(): readonly number[] | undefined {
    const [, first = 0, second] = this.#held
    if (first === LF) return []
    if (second === undefined)
      return hexValue(first) >= 0 || first === 13 || first === 32 || first === 9 ? undefined : this.#held
    if (first === 13 || first === 32 || first === 9) return second === LF ? [] : this.#held
    return hexValue(second) >= 0 ? [hexValue(first) * 16 + hexValue(second)] : this.#held
  }
}

const identity: TransferDecoder = { push: bytes => bytes }

export function transferDecoder(encoding: string | undefined): TransferDecoder {
  switch (encoding?.trim().toLowerCase()) {
    case 'base64':
      return new Base64()
    case 'quoted-printable':
      return new QuotedPrintable()
    default:
      return identity
  }
}
