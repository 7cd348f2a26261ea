/** Bytes to text, piece by piece, whatever a message says of its charset. Never fails. */

export interface CharsetDecoder {
  push(bytes: Uint8Array): string
  finish(): string
}

type Decoder = InstanceType<typeof TextDecoder>

/** UTF-8 as long as it is that, from then on Windows-1252, which fits every byte. */
class Guessing implements CharsetDecoder {
  #strict: Decoder | undefined = new TextDecoder('utf-8', { fatal: true })
  readonly #any = new TextDecoder('windows-1252')

  push(bytes: Uint8Array): string {
    try {
      if (this.#strict !== undefined) return this.#strict.decode(bytes, { stream: true })
    } catch {
      this.#strict = undefined
    }
    return this.#any.decode(bytes, { stream: true })
  }

  finish(): string {
    return ''
  }
}

class Named implements CharsetDecoder {
  readonly #decoder: Decoder

  constructor(decoder: Decoder) {
    this.#decoder = decoder
  }

  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true })
  }

  finish(): string {
    return this.#decoder.decode()
  }
}

/** Charsets that are named when nobody knows, or that are UTF-8 more often than what they say. */
const UNTRUSTED = /^(?:us-ascii|ascii|utf-?8|unknown-8bit|x-unknown|default|none|)$/

export function charsetDecoder(charset: string | undefined): CharsetDecoder {
  const name = charset?.trim().toLowerCase() ?? ''
  if (UNTRUSTED.test(name)) return new Guessing()
  try {
    return new Named(new TextDecoder(name))
  } catch {
    return new Guessing()
  }
}
