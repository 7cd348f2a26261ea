/** Letters of mixed size from everybody to everybody, all from the seed. */
import { createHash } from 'node:crypto'
import { Chance } from './chance.ts'

export interface Person {
  readonly node: string
  readonly name: string
}

export interface Letter {
  readonly number: number
  readonly messageId: string
  readonly from: Person
  readonly to: readonly Person[]
  /** A node at which nobody has the name that it is written to as well. */
  readonly strangerAt: string | undefined
  readonly sizeBytes: number
  /** The app loses the line after the last dot, and hands it in again. */
  readonly losesAnswer: boolean
}

export const strangerName = 'nobody-of-that-name'

/** How large, and how many of a hundred. */
const sizes = [
  [70, 200, 6_000],
  [22, 6_000, 100_000],
  [7, 100_000, 900_000],
  [1, 1_000_000, 5_000_000],
] as const

export function planLetters(seed: number, count: number, people: readonly Person[]): Letter[] {
  const chance = new Chance(seed, 'letters')
  return Array.from({ length: count }, (_, number) => {
    const from = chance.pick(people)
    const recipients = chance.happens(0.7) ? 1 : chance.between(2, 5)
    const elsewhere = [...new Set(people.map(person => person.node))].filter(node => node !== from.node)
    const others = chance.shuffled(people.filter(person => person !== from))
    return {
      number,
      messageId: `<${seed}.${number}@harness>`,
      from,
      to: others.slice(0, recipients),
      strangerAt: chance.happens(0.04) ? chance.pick(elsewhere) : undefined,
      sizeBytes: sizeOf(chance),
      losesAnswer: chance.happens(0.1),
    }
  })
}

function sizeOf(chance: Chance): number {
  let place = chance.between(0, 99)
  for (const [share, from, to] of sizes) {
    if (place < share) return chance.between(from, to)
    place -= share
  }
  return 200
}

/** The body: lines of text, some of them beginning with a dot, some not in ASCII; nothing that packs well. */
export function bodyOf(letter: Letter): string {
  const chance = new Chance(letter.number, letter.messageId)
  const lines = [`Letter ${letter.number} — für Dich.`, '.', '..']
  for (let left = letter.sizeBytes; left > 0; left -= 78) {
    const word = () => chance.share().toString(36).slice(2, 12).padEnd(10, '.')
    lines.push(Array.from({ length: 7 }, word).join(' ').slice(0, 76))
  }
  return `${lines.join('\r\n')}\r\n`
}

export function rawLetter(letter: Letter, from: string, to: readonly string[]): string {
  const header = [
    `From: <${from}>`,
    `To: ${to.map(address => `<${address}>`).join(',\r\n ')}`,
    `Subject: Letter ${letter.number}`,
    'Date: Sun, 22 Nov 2026 08:00:00 +0000',
    `Message-ID: ${letter.messageId}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  return `${header.join('\r\n')}\r\n\r\n${bodyOf(letter)}`
}

/** What a letter is known by when it came out. */
export interface Seen {
  readonly messageId: string
  readonly bodyHash: string
  /** Of a report: what it is about. */
  readonly about?: { readonly messageId: string; readonly recipients: readonly string[]; readonly actions: string[] }
}

/** `raw` as bytes, one character each. */
export function seenOf(raw: string): Seen {
  const end = raw.indexOf('\r\n\r\n')
  const header = raw.slice(0, end + 2)
  const body = raw.slice(end + 4)
  const messageId = /^Message-ID:\s*(<[^>]*>)/im.exec(header)?.[1] ?? ''
  const bodyHash = hashOf(Buffer.from(body, 'latin1'))
  if (!/^Content-Type:\s*multipart\/report/im.test(header)) return { messageId, bodyHash }
  const about = /^Message-ID:\s*(<[^>]*>)/im.exec(body)?.[1] ?? ''
  const recipients = [...body.matchAll(/^Final-Recipient:\s*[^;]*;\s*(\S+)/gim)].map(match => match[1] ?? '')
  const actions = [...body.matchAll(/^Action:\s*(\S+)/gim)].map(match => match[1] ?? '')
  return { messageId, bodyHash, about: { messageId: about, recipients, actions } }
}

export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
