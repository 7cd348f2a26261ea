/**
 * The form in which texts are compared: case, the two forms of a Greek sigma, compatibility forms of characters
 * (RFC 5051 in spirit) and the kind and number of blanks do not matter.
 */

/** Control characters count as blanks. */
const BLANKS = /[\s\p{Cc}]+/gu
const ASCII = /^[ -~]*$/

/** Blanks at the ends stay, as one: texts come in pieces. */
export function folded(text: string): string {
  const plain = text.replace(BLANKS, ' ')
  if (ASCII.test(plain)) return plain.toLowerCase()
  // Twice: a letter in lower case may be composed in another way.
  return plain.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ').replace(BLANKS, ' ')
}

/** For sorting: as RFC 5051 wants it, in upper case. */
export function collationKey(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase()
  return text.normalize('NFKD').toUpperCase()
}
