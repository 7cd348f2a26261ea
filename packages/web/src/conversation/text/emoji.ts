/** A message of a few emoji and nothing else is shown large. */

const largeMax = 5
const lettersMax = 120
const pictures = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u
/** Digits and `#` are not pictures, though some tables say so of them. */
const plain = /^[0-9#*©®™]$/u

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How many emoji the text is made of, when of these only and not more than are shown large; else 0. */
export function largeEmoji(text: string): number {
  const bare = text.replaceAll(/\s/gu, '')
  if (bare === '' || bare.length > lettersMax) return 0
  const letters = Array.from(segmenter.segment(bare), ({ segment }) => segment)
  if (letters.length > largeMax) return 0
  return letters.every(letter => pictures.test(letter) && !plain.test(letter)) ? letters.length : 0
}
