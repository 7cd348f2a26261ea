/** So much stands before the hit, that it is seen in a narrow row. */
const beforeMax = 24

/**
 * A text in three: before the words that were looked for, these, and after them. What lies far before is left out.
 * Nothing is cut where they are not found as they stand: the node knows more ways to find than this.
 */
export function cut(text: string, query: string): readonly [before: string, hit: string, after: string] {
  const at = query === '' ? -1 : text.toLowerCase().indexOf(query.toLowerCase())
  // Letters whose small form is longer, as İ, would make the places disagree: then nothing is marked.
  if (at < 0 || text.length !== text.toLowerCase().length) return [text, '', '']
  const before = text.slice(0, at)
  const space = before.indexOf(' ', Math.max(0, at - beforeMax))
  const short = before.length <= beforeMax || space < 0 ? before : `…${before.slice(space)}`
  return [short, text.slice(at, at + query.length), text.slice(at + query.length)]
}
