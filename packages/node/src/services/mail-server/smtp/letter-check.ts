/**
 * Looks at a letter's bytes on their way into the spool, in constant memory.
 *
 * A bare CR or LF is the means of SMTP smuggling: what one server takes for a line, another takes for the end of the
 * letter and for new commands. RFC 5321 §2.3.8 forbids them, and so they are refused, not repaired.
 */
export type LetterFault = 'bare-line-end' | 'header-too-large' | 'message-too-large'

export interface LetterLimits {
  readonly messageBytesMax: number
  readonly headerBytesMax: number
}

const cr = 0x0d
const lf = 0x0a

export class LetterCheck {
  readonly #limits: LetterLimits
  #bytes = 0
  #endsInCr = false
  /** Where the line under inspection began, counted from the start of the letter. */
  #lineStart = 0
  #inHeader = true

  constructor(limits: LetterLimits) {
    this.#limits = limits
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** The first fault in these bytes. After a fault the check is over. */
  take(chunk: Buffer): LetterFault | undefined {
    const before = this.#bytes
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.messageBytesMax) return 'message-too-large'
    if (!this.#lineEndsAreSound(chunk, before)) return 'bare-line-end'
    if (this.#inHeader && this.#headerBytes() > this.#limits.headerBytesMax) return 'header-too-large'
    return undefined
  }

  /** At the end of the letter. */
  end(): LetterFault | undefined {
    return this.#endsInCr ? 'bare-line-end' : undefined
  }

  /** A CR at the start of a line may be that of the empty line, which is not part of the header. */
  #headerBytes(): number {
    return this.#endsInCr && this.#lineStart === this.#bytes - 1 ? this.#lineStart : this.#bytes
  }

  #lineEndsAreSound(chunk: Buffer, before: number): boolean {
    let at = 0
    if (this.#endsInCr && chunk.length > 0) {
      if (chunk[0] !== lf) return false
      this.#endsInCr = false
      at = 1
      this.#lineEnds(before - 1)
    }
    for (;;) {
      const nextCr = chunk.indexOf(cr, at)
      const nextLf = chunk.indexOf(lf, at)
      if (nextCr === -1) return nextLf === -1
      if (nextLf === nextCr + 1) {
        this.#lineEnds(before + nextCr)
        at = nextLf + 1
        continue
      }
      this.#endsInCr = nextCr === chunk.length - 1
      return this.#endsInCr && nextLf === -1
    }
  }

  /** @param at where the CR stands. */
  #lineEnds(at: number): void {
    if (this.#inHeader && at === this.#lineStart && at <= this.#limits.headerBytesMax) this.#inHeader = false
    this.#lineStart = at + 2
  }
}
