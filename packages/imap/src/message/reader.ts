/** One message of a folder, read as far as an answer needs it. Everything is undefined once the message is gone. */
import { binaryOf } from '../grammar/bytes.ts'
import type { PartialRange, Section } from '../grammar/fetch-items.ts'
import type { ImapLimits } from '../limits.ts'
import type { ByteRange, Folder, MessageRow } from '../mailbox.ts'
import { type Head, headOf } from './head.ts'
import { chosenFields } from './headers.ts'
import { type Part, partAt, structureOf } from './structure.ts'

/** What a section consists of: a range of the message, bytes made for the answer, or nothing (`nil`). */
export type Content =
  | { readonly kind: 'range'; readonly range: ByteRange }
  | { readonly kind: 'made'; readonly binary: string }
  | { readonly kind: 'nil' }

function cut(content: Content, partial: PartialRange | undefined): Content {
  if (partial === undefined || content.kind === 'nil') return content
  if (content.kind === 'made') {
    return { kind: 'made', binary: content.binary.slice(partial.start, partial.start + partial.length) }
  }
  const start = Math.min(content.range.start + partial.start, content.range.end)
  return { kind: 'range', range: { start, end: Math.min(start + partial.length, content.range.end) } }
}

export class MessageReader {
  readonly row: MessageRow
  readonly #folder: Folder
  readonly #limits: ImapLimits
  #head: Promise<Head | undefined> | undefined
  #structure: Promise<Part | undefined> | undefined

  constructor(folder: Folder, row: MessageRow, limits: ImapLimits) {
    this.#folder = folder
    this.row = row
    this.#limits = limits
  }

  async open(range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#folder.read(this.row.uid, range)
  }

  /** The header of the message. */
  head(): Promise<Head | undefined> {
    this.#head ??= this.#readHead()
    return this.#head
  }

  async #readHead(): Promise<Head | undefined> {
    const noted = await this.#folder.notes?.header(this.row.uid)
    if (noted !== undefined && noted.text.length <= this.#limits.headerBytesMax) return noted
    const stream = await this.#folder.read(this.row.uid)
    return stream && headOf(stream, this.#limits.headerBytesMax)
  }

  structure(): Promise<Part | undefined> {
    this.#structure ??= this.#readStructure()
    return this.#structure
  }

  async #readStructure(): Promise<Part | undefined> {
    const stream = await this.#folder.read(this.row.uid)
    return stream && structureOf(stream, this.#limits)
  }

  /** Where the bytes of a section are. */
  async locate(section: Section, partial: PartialRange | undefined): Promise<Content | undefined> {
    const content = section.path.length === 0 ? await this.#ofMessage(section) : await this.#ofPart(section)
    return content && cut(content, partial)
  }

  async #ofMessage(section: Section): Promise<Content | undefined> {
    const size = this.row.sizeBytes
    if (section.part === 'all') return { kind: 'range', range: { start: 0, end: size } }
    const head = await this.head()
    if (head === undefined) return undefined
    const bodyStart = Math.min(head.bodyStart, size)
    if (section.part === 'header') return { kind: 'range', range: { start: 0, end: bodyStart } }
    if (section.part === 'text') return { kind: 'range', range: { start: bodyStart, end: size } }
    return { kind: 'made', binary: chosenFields(head.text, section.names, section.part === 'fields') }
  }

  async #ofPart(section: Section): Promise<Content | undefined> {
    const root = await this.structure()
    if (root === undefined) return undefined
    const part = partAt(root, section.path)
    if (part === undefined) return { kind: 'nil' }
    if (section.part === 'all') return { kind: 'range', range: { start: part.bodyStart, end: part.end } }
    if (section.part === 'mime') return { kind: 'range', range: { start: part.headerStart, end: part.bodyStart } }
    const [message] = part.kind === 'message' ? part.children : []
    if (message === undefined) return { kind: 'nil' }
    if (section.part === 'text') return { kind: 'range', range: { start: message.bodyStart, end: message.end } }
    const header = { start: message.headerStart, end: message.bodyStart }
    if (section.part === 'header') return { kind: 'range', range: header }
    const text = await this.#text(header)
    return text === undefined
      ? undefined
      : { kind: 'made', binary: chosenFields(text, section.names, section.part === 'fields') }
  }

  async #text(range: ByteRange): Promise<string | undefined> {
    const end = Math.min(range.end, range.start + this.#limits.headerBytesMax)
    const stream = await this.open({ start: range.start, end })
    if (stream === undefined) return undefined
    let text = ''
    for await (const piece of stream) text += binaryOf(piece)
    return text
  }
}
