/** What SEARCH needs to know of a message's bytes, read once for all keys, in flat memory. */
import { binaryOf, binaryOfText, lowerAscii } from '../grammar/bytes.ts'
import { civilDay } from '../grammar/dates.ts'
import { HeadListener } from './head.ts'
import { fieldValue, firstValue, type HeaderField, headerFields } from './headers.ts'
import { LineScanner } from './lines.ts'
import { headerText } from './words.ts'

/** A text as it is looked for in bytes: UTF-8, A to Z in lower case. */
export function needleOf(text: string): string {
  return lowerAscii(binaryOfText(text))
}

/** Looks for many needles in a stream, keeping only as much as the longest of them. */
class Finder {
  readonly #needles: ReadonlySet<string>
  readonly #overlap: number
  #tail = ''
  readonly found = new Set<string>()

  constructor(needles: Iterable<string>) {
    this.#needles = new Set(needles)
    this.#overlap = Math.max(0, ...[...this.#needles].map(needle => needle.length - 1))
  }

  push(chunk: Uint8Array): void {
    const text = this.#tail + lowerAscii(binaryOf(chunk))
    for (const needle of this.#needles) if (text.includes(needle)) this.found.add(needle)
    this.#tail = this.#overlap === 0 ? '' : text.slice(-this.#overlap)
  }
}

export class SearchText {
  readonly #fields: readonly HeaderField[]
  readonly #inBody: ReadonlySet<string>
  readonly #anywhere: ReadonlySet<string>

  constructor(header: string, inBody: ReadonlySet<string>, anywhere: ReadonlySet<string>) {
    this.#fields = headerFields(header)
    this.#inBody = inBody
    this.#anywhere = anywhere
  }

  /** Is the text in a field of this name? An empty text asks whether there is such a field. */
  headerHas(name: string, text: string): boolean {
    const wanted = text.toLowerCase()
    return this.#fields.some(field => {
      return field.name === name && headerText(fieldValue(field)).toLowerCase().includes(wanted)
    })
  }

  has(where: 'body' | 'text', text: string): boolean {
    const needle = needleOf(text)
    if (where === 'body') return this.#inBody.has(needle)
    const wanted = text.toLowerCase()
    return (
      this.#anywhere.has(needle) ||
      this.#fields.some(field => headerText(fieldValue(field)).toLowerCase().includes(wanted))
    )
  }

  /** Day number of the Date field, in the sender's own time zone; undefined when there is none. */
  sentDay(): number | undefined {
    const date = firstValue(this.#fields, 'date') ?? ''
    const [, day = '', month = '', year = ''] = /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4}|\d\d)\b/.exec(date) ?? []
    const fullYear = year.length === 2 ? String(Number(year) + (Number(year) < 50 ? 2000 : 1900)) : year
    return civilDay(day, month, fullYear)
  }
}

/** Reads the message; only its header when nothing is looked for in its body. */
export async function searchTextOf(
  stream: AsyncIterable<Uint8Array>,
  headerBytesMax: number,
  needles: { readonly body: Iterable<string>; readonly text: Iterable<string> },
): Promise<SearchText> {
  const head = new HeadListener(headerBytesMax)
  const scanner = new LineScanner(head)
  const body = new Finder(needles.body)
  const anywhere = new Finder(needles.text)
  const headerOnly = [...needles.body, ...needles.text].length === 0
  let inHeader = true
  let offset = 0
  for await (const chunk of stream) {
    anywhere.push(chunk)
    if (inHeader) {
      inHeader = scanner.push(chunk)
      if (head.bodyStart !== undefined) body.push(chunk.subarray(head.bodyStart - offset))
    } else body.push(chunk)
    offset += chunk.length
    if (!inHeader && headerOnly) break
  }
  if (inHeader) scanner.finish()
  return new SearchText(head.text, body.found, anywhere.found)
}
