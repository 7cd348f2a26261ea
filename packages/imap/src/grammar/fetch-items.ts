/** What FETCH can ask for (RFC 9051 section 6.4.5, with the RFC822 items of RFC 3501). */
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

export interface Section {
  /** `1.2` is [1, 2]; empty is the whole message. */
  readonly path: readonly number[]
  readonly part: 'all' | 'header' | 'text' | 'mime' | 'fields' | 'fields-not'
  /** Lower-case names for `fields` and `fields-not`. */
  readonly names: ReadonlySet<string>
}

export interface PartialRange {
  readonly start: number
  readonly length: number
}

export type FetchItem =
  | BinaryItem
  | { readonly kind: 'uid' | 'flags' | 'internal-date' | 'size' | 'modseq' | 'envelope' | 'body' | 'body-structure' }
  | {
      readonly kind: 'section'
      /** How the answer names it, on the wire. */
      readonly label: string
      readonly section: Section
      readonly partial: PartialRange | undefined
      /** Does it leave `\Seen` alone? */
      readonly peek: boolean
    }

export type BinaryItem = {
  readonly kind: 'binary' | 'binary-size'
  readonly label: string
  readonly path: readonly number[]
  readonly partial: PartialRange | undefined
  readonly peek: boolean
}

function section(label: string, part: Section['part'], peek: boolean): FetchItem {
  return { kind: 'section', label, section: { path: [], part, names: new Set() }, partial: undefined, peek }
}

const fast: readonly FetchItem[] = [{ kind: 'flags' }, { kind: 'internal-date' }, { kind: 'size' }]
const macros: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: fast,
  ALL: [...fast, { kind: 'envelope' }],
  FULL: [...fast, { kind: 'envelope' }, { kind: 'body' }],
}

const plainItems: Readonly<Record<string, FetchItem>> = {
  UID: { kind: 'uid' },
  FLAGS: { kind: 'flags' },
  MODSEQ: { kind: 'modseq' },
  INTERNALDATE: { kind: 'internal-date' },
  'RFC822.SIZE': { kind: 'size' },
  ENVELOPE: { kind: 'envelope' },
  BODYSTRUCTURE: { kind: 'body-structure' },
  RFC822: section('RFC822', 'all', false),
  'RFC822.HEADER': section('RFC822.HEADER', 'header', true),
  'RFC822.TEXT': section('RFC822.TEXT', 'text', false),
}

const sectionTexts: Readonly<Record<string, Section['part']>> = {
  '': 'all',
  HEADER: 'header',
  TEXT: 'text',
  MIME: 'mime',
  'HEADER.FIELDS': 'fields',
  'HEADER.FIELDS.NOT': 'fields-not',
}

/** A header name as it may stand in an answer: printable, and no sign that the list syntax uses. */
function headerName(cursor: Cursor): string {
  const name = cursor.astring('Header name')
  if (!/^[!-9;-~]{1,200}$/.test(name)) throw new SyntaxFault('Header name expected')
  return name
}

function sectionIn(cursor: Cursor): { section: Section; label: string } {
  const word = cursor.sectionWord()
  const [found, digits = '', text = ''] = /^((?:[1-9]\d{0,8}(?:\.|$))*)([A-Z.]*)$/.exec(word) ?? []
  const path = digits.split('.').filter(Boolean).map(Number)
  const part = Object.hasOwn(sectionTexts, text) ? sectionTexts[text] : undefined
  const dotFits = digits === '' || (text === '') !== digits.endsWith('.')
  if (found === undefined || part === undefined || !dotFits || (digits === '' && part === 'mime')) {
    throw new SyntaxFault('Unknown section')
  }
  if (path.length > cursor.limits.mimeDepthMax) throw new LimitFault('mimeDepthMax', 'Section too deep')
  if (part !== 'fields' && part !== 'fields-not') return { section: { path, part, names: new Set() }, label: word }
  cursor.space()
  const names = cursor.list(() => headerName(cursor))
  if (names.length === 0) throw new SyntaxFault('Header name expected')
  if (names.length > cursor.limits.headerNamesMax) throw new LimitFault('headerNamesMax', 'Too many header names')
  const shown = names.map(name => (/["\\(){%*\]]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name))
  const lowerNames = new Set(names.map(name => name.toLowerCase()))
  return { section: { path, part, names: lowerNames }, label: `${word} (${shown.join(' ')})` }
}

function bodyItem(cursor: Cursor, peek: boolean): FetchItem {
  const { section: wanted, label } = sectionIn(cursor)
  cursor.expect(']', 'End of section')
  const partial = partialIn(cursor)
  const from = partial === undefined ? '' : `<${partial.start}>`
  return { kind: 'section', label: `BODY[${label}]${from}`, section: wanted, partial, peek }
}

/** `<0.100>`, if it is there. */
function partialIn(cursor: Cursor): PartialRange | undefined {
  if (!cursor.skip('<')) return undefined
  const start = cursor.number('Start of the partial')
  cursor.expect('.', 'Length of the partial')
  const partial = { start, length: cursor.number('Length of the partial') }
  cursor.expect('>', 'End of the partial')
  if (partial.length === 0) throw new SyntaxFault('The length of a partial is at least 1')
  return partial
}

/** RFC 3516 section 4.2: numbers only. */
function binaryItem(cursor: Cursor, kind: BinaryItem['kind'], peek: boolean): FetchItem {
  const { section: wanted, label } = sectionIn(cursor)
  if (wanted.part !== 'all') throw new SyntaxFault('Unknown section')
  cursor.expect(']', 'End of section')
  if (kind === 'binary-size')
    return { kind, label: `BINARY.SIZE[${label}]`, path: wanted.path, partial: undefined, peek }
  const partial = partialIn(cursor)
  const from = partial === undefined ? '' : `<${partial.start}>`
  return { kind, label: `BINARY[${label}]${from}`, path: wanted.path, partial, peek }
}

function item(cursor: Cursor): FetchItem {
  if (cursor.skip('BODY[')) return bodyItem(cursor, false)
  if (cursor.skip('BODY.PEEK[')) return bodyItem(cursor, true)
  if (cursor.skip('BINARY[')) return binaryItem(cursor, 'binary', false)
  if (cursor.skip('BINARY.PEEK[')) return binaryItem(cursor, 'binary', true)
  if (cursor.skip('BINARY.SIZE[')) return binaryItem(cursor, 'binary-size', true)
  const word = cursor.word('FETCH item')
  if (word === 'BODY') return { kind: 'body' }
  const found = Object.hasOwn(plainItems, word) ? plainItems[word] : undefined
  if (found === undefined) throw new SyntaxFault('Unknown FETCH item')
  return found
}

/** `(UID FLAGS)` @throws SyntaxFault, LimitFault */
export function fetchList(cursor: Cursor): readonly FetchItem[] {
  const items = cursor.list(() => item(cursor))
  if (items.length === 0) throw new SyntaxFault('FETCH item expected')
  if (items.length > cursor.limits.fetchItemsMax) throw new LimitFault('fetchItemsMax', 'Too many FETCH items')
  return items
}

/** The items of FETCH: a list, one, or a macro. @throws SyntaxFault, LimitFault */
export function fetchItems(cursor: Cursor): readonly FetchItem[] {
  if (cursor.peek() === '(') return fetchList(cursor)
  const macro = Object.keys(macros).find(name => cursor.skip(name))
  return macro === undefined ? [item(cursor)] : (macros[macro] ?? [])
}
