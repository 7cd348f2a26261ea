/** One message of a folder, read as far as an answer needs it. Everything is undefined once the message is gone. */
import { binaryOf } from '../grammar/bytes.ts'
import type { PartialRange, Section } from '../grammar/fetch-items.ts'
import type { ImapLimits } from '../limits.ts'
import type { ByteRange, Folder, MessageRow } from '../mailbox.ts'
import { type Head, headIn, headOf } from './head.ts'
import { chosenFields, type HeaderField, headerFields } from './headers.ts'
import { type Part, partAt, structureIn, structureOf } from './structure.ts'

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

/**
 * The parts of the large messages that were looked into last: mail programs fetch them in pieces, and each piece would
 * mean to read all of the message again.
 */
export class StructureCache {
  readonly #countMax: number
  readonly #byUid = new Map<number, Part>()

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get(uid: number): Part | undefined {
    return this.#byUid.get(uid)
  }

  add(uid: number, part: Part): void {
    this.#byUid.delete(uid)
    this.#byUid.set(uid, part)
    const [oldest] = this.#byUid.keys()
    if (oldest !== undefined && this.#byUid.size > this.#countMax) this.#byUid.delete(oldest)
  }
}

export class MessageReader {
  readonly row: MessageRow
  readonly #folder: Folder
  readonly #limits: ImapLimits
  readonly #structures: StructureCache
  /** The message, or its beginning, once it was read. */
  #start: Promise<Uint8Array | undefined> | undefined
  #head: Promise<Head | undefined> | undefined
  #fields: readonly HeaderField[] | undefined
  #structure: Promise<Part | undefined> | undefined

  constructor(row: MessageRow, from: { folder: Folder; structures: StructureCache; limits: ImapLimits }) {
    this.#folder = from.folder
    this.#structures = from.structures
    this.row = row
    this.#limits = from.limits
  }

  get #isSmall(): boolean {
    return this.row.sizeBytes <= this.#limits.wholeMessageBytesMax
  }

  /** The bytes if the message is small: as they are, or `undefined` when it is gone. */
  async #whole(): Promise<Uint8Array | undefined> {
    // One byte more than there should be: a store that lies about the size must be found out.
    this.#start ??= this.#folder.head(this.row.uid, this.row.sizeBytes + 1)
    return this.#start
  }

  /** The bytes of a range, still in need of being read, or at hand already. */
  async open(range: ByteRange): Promise<AsyncIterable<Uint8Array> | Uint8Array | undefined> {
    if (!this.#isSmall) return this.#folder.read(this.row.uid, range)
    const whole = await this.#whole()
    if (whole?.length === this.row.sizeBytes) return whole.subarray(range.start, range.end)
    return this.#folder.read(this.row.uid, range)
  }

  /** The header of the message. */
  head(): Promise<Head | undefined> {
    this.#head ??= this.#readHead()
    return this.#head
  }

  async #readHead(): Promise<Head | undefined> {
    const { uid } = this.row
    const noted = (await this.#folder.notes?.headers([uid]))?.get(uid)
    if (noted !== undefined && noted.text.length <= this.#limits.headerBytesMax) return noted
    const { headFirstBytesMax, headerBytesMax } = this.#limits
    if (!this.#isSmall) this.#start ??= this.#folder.head(this.row.uid, headFirstBytesMax)
    const start = this.#isSmall ? await this.#whole() : await this.#start
    if (start === undefined) return undefined
    const head = headIn(start, headerBytesMax)
    if (head !== undefined) return head
    const stream = await this.#folder.read(this.row.uid)
    return stream && headOf(stream, headerBytesMax)
  }

  /** The fields of its header. */
  async fields(): Promise<readonly HeaderField[] | undefined> {
    const head = await this.head()
    if (head !== undefined) this.#fields ??= headerFields(head.text)
    return this.#fields
  }

  structure(): Promise<Part | undefined> {
    this.#structure ??= this.#readStructure()
    return this.#structure
  }

  async #readStructure(): Promise<Part | undefined> {
    const { sizeBytes, uid } = this.row
    const known = this.#structures.get(uid)
    if (known !== undefined) return known
    const bytes = await this.open({ start: 0, end: sizeBytes })
    if (bytes === undefined) return undefined
    if (bytes instanceof Uint8Array) return structureIn(binaryOf(bytes), this.#limits)
    const root = await structureOf(bytes, this.#limits)
    this.#structures.add(uid, root)
    return root
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
    if (stream instanceof Uint8Array) return binaryOf(stream)
    let text = ''
    for await (const piece of stream) text += binaryOf(piece)
    return text
  }
}
