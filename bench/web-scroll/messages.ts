/** Messages as people write them: short and long, photos, answers, reactions. Each is always the same. */

const authors = [
  { id: 10, name: 'Ann', color: '#2f7d4f' },
  { id: 11, name: 'Cyrus Vance', color: '#8a4fbf' },
  { id: 1, name: 'Bob', color: '#336699' },
] as const
const texts = [
  'Good morning',
  'The ferry leaves at nine, and it does not wait. Bring the charged batteries, the long cable and something to eat.',
  'ok',
  'See https://example.org/tides for the tides of this week',
  'I have put the letters for the island on the blue stick. Whoever goes over first takes it along, please, and ' +
    'brings the other one back. Last time it stayed there for two weeks because everybody thought somebody had it.',
  'Who has the key of the shed?',
  '👍',
  'Ann has it',
  'שלום, we meet at the well',
  'Line one\nLine two\nLine three',
]
const stepMs = 11 * 60_000

export type MessageView = ReturnType<typeof message>

export function message(id: number, count: number) {
  const author = authors[Math.floor(id / 3) % 3] ?? authors[0]
  // Three together, then a while nothing.
  const at = Date.now() - (count - id - (id % 3)) * stepMs - (2 - (id % 3)) * 40_000
  const isPhoto = id % 17 === 5
  const quoted = id % 23 === 7 && id > 20 ? id - 11 : null
  return {
    ...{ id, chat: 7, kind: isPhoto ? 'image' : 'text', info: id % 61 === 3 },
    text: id % 61 === 3 ? 'Ann changed the picture of the group.' : isPhoto && id % 2 === 0 ? '' : textOf(id),
    from: { ...author, avatar: { path: null, color: author.color, initials: author.name.slice(0, 1) } },
    ...{ mine: author.id === 1, sentAt: at, receivedAt: at, sortedAt: at, state: author.id === 1 ? 'sent' : null },
    ...{ error: '', unread: false, edited: id % 29 === 0, forwarded: id % 31 === 0, saved: false, sealed: true },
    ...{ disappearSeconds: 0, rest: 'here', card: null, html: false },
    file: isPhoto ? photo(id) : null,
    quote:
      quoted === null
        ? null
        : { message: quoted, from: 'Ann', color: '#2f7d4f', text: textOf(quoted), kind: 'text', image: null },
    reactions: id % 13 === 4 ? [{ emoji: '👍', count: 1 + (id % 3), mine: id % 2 === 0 }] : [],
  }
}

function textOf(id: number): string {
  return texts[(id * 7) % texts.length] ?? ''
}

function photo(id: number) {
  const path = `/api/v1/files/${id}/photo.svg`
  const size = id % 2 === 0 ? { width: 800, height: 600 } : { width: 600, height: 800 }
  return { name: `photo ${id}.jpg`, mime: 'image/jpeg', sizeBytes: 120_000, path, ...size, durationMs: null }
}
