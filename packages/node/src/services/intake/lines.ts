/**
 * Line ends of what programs pipe in: LF, CRLF or CR of theirs becomes CRLF, as letters have it (RFC 5322 §2.1), so
 * that no bare CR or LF can ever reach another mail server. Flat memory, whatever comes.
 */
const cr = 0x0d
const lf = 0x0a
const dot = 0x2e

export class LineEnds {
  readonly #dotEnds: boolean
  #afterCr = false
  /** Of the line so far: nothing, a single dot that is held back, or anything. */
  #line: 'empty' | 'dot' | 'begun' = 'empty'
  #ended = false

  /** With `dotEnds` a line with nothing but a dot ends the letter, and what follows is dropped. */
  constructor({ dotEnds }: { readonly dotEnds: boolean }) {
    this.#dotEnds = dotEnds
  }

  take(chunk: Uint8Array): Uint8Array {
    if (this.#ended) return new Uint8Array(0)
    // At worst every byte is a line end, and one dot was held back.
    const out = new Uint8Array(chunk.length * 2 + 1)
    let length = 0
    for (const byte of chunk) {
      const second = this.#afterCr && byte === lf
      this.#afterCr = byte === cr
      if (second) continue
      if (byte === cr || byte === lf) {
        if (this.#line === 'dot') {
          this.#ended = true
          break
        }
        out[length++] = cr
        out[length++] = lf
        this.#line = 'empty'
      } else if (this.#dotEnds && this.#line === 'empty' && byte === dot) this.#line = 'dot'
      else {
        if (this.#line === 'dot') out[length++] = dot
        out[length++] = byte
        this.#line = 'begun'
      }
    }
    return out.subarray(0, length)
  }

  /** What is still to come at the end: a last line that has no end gets one. */
  end(): Uint8Array {
    if (this.#ended || this.#line === 'empty') return new Uint8Array(0)
    return this.#line === 'dot' ? new Uint8Array(0) : Uint8Array.of(cr, lf)
  }
}
