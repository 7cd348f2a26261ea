/**
 * Names and first lines as strangers write them, made fit to stand in one line of ours: no breaks, nothing that turns
 * the direction of what stands beside it, no towers of accents, no end of letters. Only for showing: never for what is
 * sent back to the node.
 */
const breaks = /[\s\p{Cc}\u2028\u2029]+/gu
/** Bidirectional marks, overrides and isolates; soft hyphen, zero-width space, word joiner, byte order mark. */
const hidden = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu
const towers = /(\p{M}{4})\p{M}+/gu

const lettersMax = 300

/** Empty when nothing of it can be seen. */
export function plainLine(text: string): string {
  const line = text
    .slice(0, lettersMax * 8)
    .replace(hidden, '')
    .replace(breaks, ' ')
    .replace(towers, '$1')
    .trim()
  return line.length <= lettersMax ? line : `${lettersOf(line, lettersMax).trimEnd()}…`
}

/** The first letters of a text, each whole, as people see them. */
export function lettersOf(text: string, count: number): string {
  let end = 0
  let left = count
  for (const { index, segment } of new Intl.Segmenter().segment(text)) {
    if (left === 0) break
    end = index + segment.length
    left -= 1
  }
  return text.slice(0, end)
}
