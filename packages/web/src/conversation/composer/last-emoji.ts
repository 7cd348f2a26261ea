/** Emoji that were used in this browser, the last first; before any was, those that most people use. */
const place = 'posthorn.emoji'
const keptMax = 24
const usual = ['👍', '❤️', '😂', '😮', '😢', '🙏']

export function lastEmoji(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isShort).slice(0, keptMax) : []
  } catch {
    return []
  }
}

function isShort(item: unknown): item is string {
  return typeof item === 'string' && item.length <= 32
}

/** For reactions: always six. */
export function quickEmoji(): readonly string[] {
  return [...new Set([...lastEmoji().slice(0, 3), ...usual])].slice(0, 6)
}

export function rememberEmoji(emoji: string): void {
  const last = [emoji, ...lastEmoji().filter(item => item !== emoji)].slice(0, keptMax)
  try {
    localStorage.setItem(place, JSON.stringify(last))
  } catch {
    // A browser that keeps nothing: then nothing is remembered.
  }
}
