/** What SEARCH needs to know of a message whose bytes have to be read: read once for all keys, in flat memory. */
import type { ImapLimits } from '../limits.ts'
import { folded } from './fold.ts'
import { headOf } from './head.ts'
import { fieldValue, headerFields } from './headers.ts'
import { foldedValue, type ReadRange, readable, readMessageText } from './message-text.ts'
import { sentDate } from './sent-date.ts'

/** Where a text is looked for. `header`: in fields of this name; an empty text asks whether there is one. */
export type TextPlace = { readonly kind: 'body' | 'text' } | { readonly kind: 'header'; readonly name: string }

/** A text as it is looked for. */
export function needleOf(text: string): string {
  return folded(text)
}

/** Looks for many needles in a text that comes in pieces, keeping only as much of it as the longest of them. */
class Finder {
  readonly #missing: Set<string>
  readonly #overlap: number
  #tail = ''
  readonly found = new Set<string>()

  constructor(needles: Iterable<string>) {
    this.#missing = new Set(needles)
    this.#overlap = Math.max(0, ...[...this.#missing].map(needle => needle.length - 1))
    this.push('')
  }

  get done(): boolean {
    return this.#missing.size === 0
  }

  push(piece: string): void {
    const text = this.#tail + piece
    for (const needle of this.#missing) {
      if (!text.includes(needle)) continue
      this.found.add(needle)
      this.#missing.delete(needle)
    }
    this.#tail = this.#overlap === 0 ? '' : text.slice(-this.#overlap)
  }
}

export interface Needles {
  /** Folded. */
  readonly body: ReadonlySet<string>
  readonly text: ReadonlySet<string>
}

export class SearchText {
  /** Name and folded value. */
  readonly #fields: readonly (readonly [string, string])[]
  readonly #found: Needles
  /** Of the Date field, in the sender's own time zone; undefined when there is none. */
  readonly sentDay: number | undefined

  constructor(fields: readonly (readonly [string, string])[], found: Needles, sentDay: number | undefined) {
    this.#fields = fields
    this.#found = found
    this.sentDay = sentDay
  }

  /** @param needle folded. */
  has(place: TextPlace, needle: string): boolean {
    if (place.kind !== 'header') return this.#found[place.kind].has(needle)
    return this.#fields.some(([name, value]) => name === place.name && value.includes(needle))
  }
}

/** Reads the message; only its header when nothing is looked for in its text. Undefined when it is gone. */
export async function searchTextOf(
  read: ReadRange,
  sizeBytes: number,
  limits: ImapLimits,
  needles: Needles,
): Promise<SearchText | undefined> {
  const body = new Finder(needles.body)
  const text = new Finder(needles.text)
  const headerOnly = body.done && text.done
  const open = headerOnly ? read : await readable(read, sizeBytes)
  const stream = await open?.()
  if (open === undefined || stream === undefined) return undefined
  const head = await headOf(stream, limits.headerBytesMax)
  const raw = headerFields(head.text)
  const fields = raw.map(field => [field.name, foldedValue(field)] as const)
  const date = raw.find(field => field.name === 'date')
  const day = date && sentDate(fieldValue(date))?.day
  if (!headerOnly) {
    const there = await readMessageText(open, limits, {
      field: (name, value) => text.push(`${name}: ${value}\n`),
      fileName: name => text.push(`${name}\n`),
      body(piece) {
        body.push(piece)
        text.push(piece)
        return !body.done || !text.done
      },
    })
    if (!there) return undefined
  }
  return new SearchText(fields, { body: body.found, text: text.found }, day)
}
