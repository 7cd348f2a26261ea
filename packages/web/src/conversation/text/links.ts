/**
 * Links in what people write. Only http, https, mailto and tel are ever made into one: `javascript:`, `data:`, `file:`
 * and all the others stay text. So does a link with letters in it that nobody sees.
 */
import { LinkifyIt } from 'linkify-it'
import { hidesLetters } from './safe.ts'

export interface Piece {
  readonly text: string
  /** Where it begins in the whole. */
  readonly at: number
  /** Null: no link. */
  readonly href: string | null
}

const schemes = new Set(['http:', 'https:', 'mailto:', 'tel:'])
/** Recognition of more than this costs more than it is worth; the rest is text. */
const lettersMax = 20_000
const linkLettersMax = 2048

const finder = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, maxLength: linkLettersMax })
  .add('ftp:', null)
  .add('//', null)
  .add('tel:', {
    validate: (text, at) => /^\+?[0-9][0-9 ()./-]{2,24}(?<=[0-9])/.exec(text.slice(at, at + 40))?.[0].length ?? 0,
  })

/** The text in pieces: put together they are the text again. */
export function piecesOf(text: string): readonly Piece[] {
  const searched = text.slice(0, lettersMax)
  const pieces: Piece[] = []
  let at = 0
  for (const { index, lastIndex, url } of finder.match(searched) ?? []) {
    const href = safeHref(searched.slice(index, lastIndex), url)
    if (href === null) continue
    if (index > at) pieces.push({ text: text.slice(at, index), at, href: null })
    pieces.push({ text: text.slice(index, lastIndex), at: index, href })
    at = lastIndex
  }
  if (at < text.length) pieces.push({ text: text.slice(at), at, href: null })
  return pieces
}

function safeHref(shown: string, url: string): string | null {
  if (hidesLetters(shown) || !URL.canParse(url)) return null
  const { protocol, username, password, href } = new URL(url)
  // `https://bank.example@evil.example`: what stands before the @ is not where it leads.
  if (!schemes.has(protocol) || username !== '' || password !== '') return null
  return href
}
