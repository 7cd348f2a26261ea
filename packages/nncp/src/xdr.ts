import { FormatError } from './errors.ts'
import { decodeUtf8, encodeUtf8 } from './text.ts'

/** XDR (RFC 4506) as far as NNCP uses it: unsigned integers, opaque data and strings, all in units of four bytes. */
const unitBytes = 4

function fillerBytes(sizeBytes: number): number {
  return (unitBytes - (sizeBytes % unitBytes)) % unitBytes
}

/**
 * Reads fields from the front of `bytes`, which it never copies or changes.
 *
 * Every method throws FormatError: `truncated` when the bytes end, `bad-xdr` for filler that is not zero, text that is
 * not UTF-8, and lengths above the given maximum (checked before anything of that length is touched).
 */
export class XdrReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** RFC 4506 section 4.2. */
  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  /** RFC 4506 section 4.5. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8))
  }

  /** A 64-bit size that is safe as a number. Throws `bad-size` for 2^53 and above. */
  size(): number {
    const value = this.u64()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FormatError('bad-size', 'a size above 2^53 - 1')
    return Number(value)
  }

  /** RFC 4506 section 4.9. A view into the input, without the filler. */
  fixedOpaque(sizeBytes: number): Uint8Array {
    const start = this.#advance(sizeBytes)
    const filler = this.#advance(fillerBytes(sizeBytes))
    if (this.#bytes.subarray(filler, this.#offset).some(byte => byte !== 0)) {
      throw new FormatError('bad-xdr', 'filler is not zero')
    }
    return this.#bytes.subarray(start, start + sizeBytes)
  }

  /** RFC 4506 section 4.10. A view into the input. */
  variableOpaque(sizeBytesMax: number): Uint8Array {
    const sizeBytes = this.u32()
    if (sizeBytes > sizeBytesMax) throw new FormatError('bad-xdr', `a length above ${sizeBytesMax}`)
    return this.fixedOpaque(sizeBytes)
  }

  /** RFC 4506 section 4.11, as UTF-8. */
  string(sizeBytesMax: number): string {
    const text = decodeUtf8(this.variableOpaque(sizeBytesMax))
    if (text === undefined) throw new FormatError('bad-xdr', 'text is not UTF-8')
    return text
  }

  /** Throws `trailing-bytes` unless everything was read. */
  end(): void {
    if (!this.atEnd) throw new FormatError('trailing-bytes', 'bytes after the last field')
  }

  #advance(sizeBytes: number): number {
    const start = this.#offset
    if (this.#bytes.length - start < sizeBytes) throw new FormatError('truncated', 'the bytes end inside a field')
    this.#offset = start + sizeBytes
    return start
  }
}

/** Collects fields. Throws RangeError for values that do not fit: those come from us, not from outside. */
export class XdrWriter {
  readonly #parts: Uint8Array[] = []
  #sizeBytes = 0

  u32(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw new RangeError('not an unsigned 32-bit integer')
    const part = new Uint8Array(4)
    new DataView(part.buffer).setUint32(0, value)
    return this.#add(part)
  }

  u64(value: bigint | number): this {
    const wide = BigInt(value)
    if (wide < 0n || wide > 0xffff_ffff_ffff_ffffn) throw new RangeError('not an unsigned 64-bit integer')
    const part = new Uint8Array(8)
    new DataView(part.buffer).setBigUint64(0, wide)
    return this.#add(part)
  }

  fixedOpaque(bytes: Uint8Array): this {
    return this.#add(bytes).#add(new Uint8Array(fillerBytes(bytes.length)))
  }

  variableOpaque(bytes: Uint8Array): this {
    return this.u32(bytes.length).fixedOpaque(bytes)
  }

  string(text: string): this {
    const bytes = encodeUtf8(text)
    if (bytes === undefined) throw new RangeError('text with half a surrogate pair has no UTF-8')
    return this.variableOpaque(bytes)
  }

  /** All fields in one fresh array. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#sizeBytes)
    let offset = 0
    for (const part of this.#parts) {
      all.set(part, offset)
      offset += part.length
    }
    return all
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part)
    this.#sizeBytes += part.length
    return this
  }
}
