/** Folds a text that comes in pieces, so that the result does not depend on where they were cut. */
import { folded } from './fold.ts'

/** A word longer than this is cut, though not before a mark that belongs to the letter before it. */
const WORD_LETTERS_MAX = 1024
const BLANK = /\s/
const MARKS = /^[\p{M}\udc00-\udfff]/u

export class TextFold {
  #waiting = ''
  #endsBlank = true

  push(more: string): string {
    const text = this.#waiting + more
    this.#waiting = text
    // From here on a word is not complete.
    let cut = text.length
    while (cut > 0 && text.length - cut <= WORD_LETTERS_MAX && !BLANK.test(text[cut - 1] ?? '')) cut -= 1
    if (text.length - cut > WORD_LETTERS_MAX) {
      cut = text.length - 1
      while (cut > 0 && MARKS.test(text.slice(cut, cut + 1))) cut -= 1
    }
    return this.#upTo(cut)
  }

  finish(): string {
    return this.#upTo(this.#waiting.length)
  }

  #upTo(cut: number): string {
    const text = folded(this.#waiting.slice(0, cut))
    this.#waiting = this.#waiting.slice(cut)
    const joined = this.#endsBlank && text.startsWith(' ') ? text.slice(1) : text
    if (joined !== '') this.#endsBlank = joined.endsWith(' ')
    return joined
  }
}

const BEGIN = '-----begin pgp message-----'
const END = '-----end pgp message-----'

/** Leaves out what stands in OpenPGP armour (RFC 9580 section 6): it is no text. Takes folded text. */
export class WithoutArmour {
  #waiting = ''
  #inside = false

  push(text: string): string {
    this.#waiting += text
    let out = ''
    for (;;) {
      const mark = this.#inside ? END : BEGIN
      const at = this.#waiting.indexOf(mark)
      if (at === -1) {
        const kept = beginningOf(mark, this.#waiting)
        if (!this.#inside) out += this.#waiting.slice(0, this.#waiting.length - kept)
        this.#waiting = this.#waiting.slice(this.#waiting.length - kept)
        return out
      }
      if (!this.#inside) out += this.#waiting.slice(0, at)
      this.#waiting = this.#waiting.slice(at + mark.length)
      this.#inside = !this.#inside
    }
  }

  finish(): string {
    const rest = this.#inside ? '' : this.#waiting
    this.#waiting = ''
    this.#inside = false
    return rest
  }
}

/** How many letters at the end of the text may be the beginning of the mark. */
function beginningOf(mark: string, text: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(mark.slice(0, length))) return length
  }
  return 0
}
