/** Finds what somebody means by a few letters. */

/**
 * How well letters written in a hurry fit a text: higher is better, null not at all. Every word must be found, its
 * letters in their order; the beginning of words and letters side by side count most. Accents and case count nothing.
 */
function fit(query: string, text: string): number | null {
  const hay = plain(text)
  let sum = 0
  for (const word of plain(query).split(/\s+/).filter(Boolean)) {
    const found = fitWord(word, hay)
    if (found === null) return null
    sum += found
  }
  return sum - hay.length / 1000
}

/** Those that fit, the best first; in their own order when nothing was written. */
export function fitting<T>(query: string, items: readonly T[], textOf: (item: T) => string): readonly T[] {
  if (query.trim() === '') return items
  return items
    .map(item => ({ item, score: fit(query, textOf(item)) }))
    .filter((found): found is { item: T; score: number } => found.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(found => found.item)
}

function fitWord(word: string, hay: string): number | null {
  const whole = hay.indexOf(word)
  if (whole >= 0) return 10 * word.length + (whole === 0 ? 25 : isStart(hay, whole) ? 20 : 0)
  let score = 0
  let from = 0
  for (const letter of word) {
    const at = hay.indexOf(letter, from)
    if (at < 0) return null
    score += isStart(hay, at) ? 6 : at === from && from > 0 ? 4 : -1
    from = at + letter.length
  }
  // Letters strewn over a long text are chance.
  return score > 0 ? score : null
}

function isStart(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}
