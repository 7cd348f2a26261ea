/**
 * The MIME parts of a message (RFC 2045, RFC 2046), found in one pass in flat memory. Parsing goes to a bound: what is
 * nested deeper, or comes after the greatest number of parts, is a part nobody looks into; the bytes stay as they are.
 */
import type { ImapLimits } from '../limits.ts'
import { assert } from '../session/faults.ts'
import { firstValue, type HeaderField, headerFields } from './headers.ts'
import { type LineListener, type ScannedLine, scanLines, scanText } from './lines.ts'
import { type Parameterised, parameter, parameterised, withoutComments } from './parameters.ts'

export interface Part {
  /** `message`: its one child is the message within. */
  readonly kind: 'leaf' | 'multipart' | 'message'
  readonly headerStart: number
  readonly bodyStart: number
  /** After the body, without the line end before a boundary. */
  readonly end: number
  /** Line ends within the body. */
  readonly lines: number
  readonly fields: readonly HeaderField[]
  readonly type: Parameterised
  readonly children: readonly Part[]
}

type StructureLimits = Pick<ImapLimits, 'headerBytesMax' | 'partHeadersBytesMax' | 'mimeDepthMax' | 'mimePartsMax'>

const BOUNDARY_BYTES_MAX = 200
const DASH = 45

/** The Content-Transfer-Encoding, in lower case. */
export function encodingOf(fields: readonly HeaderField[]): string {
  return (
    withoutComments(firstValue(fields, 'content-transfer-encoding') ?? '')
      .trim()
      .toLowerCase() || '7bit'
  )
}

class OpenPart {
  kind: Part['kind'] = 'leaf'
  readonly headerStart: number
  readonly defaultType: string
  header = ''
  /** Undefined while in the header. */
  bodyStart: number | undefined
  linesBefore = 0
  boundary: string | undefined
  fields: HeaderField[] = []
  type: Parameterised
  readonly children: Part[] = []

  constructor(headerStart: number, defaultType: string) {
    this.headerStart = headerStart
    this.defaultType = defaultType
    this.type = parameterised(defaultType)
  }
}

class StructureListener implements LineListener {
  readonly #limits: StructureLimits
  /** From the message to the innermost part. */
  readonly #open: OpenPart[] = [new OpenPart(0, 'text/plain')]
  #parts = 1
  #headerBytesLeft: number
  #lines = 0
  #previousTerminator = 0
  root: Part | undefined

  constructor(limits: StructureLimits) {
    this.#limits = limits
    this.#headerBytesLeft = limits.partHeadersBytesMax
  }

  get #top(): OpenPart {
    const top = this.#open.at(-1)
    assert(top !== undefined, 'a part is open')
    return top
  }

  keepBytes(firstByte: number): number {
    const dashes = firstByte === DASH ? BOUNDARY_BYTES_MAX + 8 : 0
    if (this.#top.bodyStart !== undefined) return dashes
    return Math.max(dashes, 2, Math.min(this.#headerBytesLeft, this.#limits.headerBytesMax - this.#top.header.length))
  }

  line(line: ScannedLine): boolean {
    if (!this.#boundaryLine(line)) {
      const top = this.#top
      if (top.bodyStart !== undefined) this.#countLine(line)
      else if (line.end - line.start === line.terminatorBytes) this.#endHeader(line.end, line)
      else {
        this.#keepHeader(top, line)
        this.#countLine(line)
      }
    }
    this.#previousTerminator = line.terminatorBytes
    return true
  }

  #countLine(line: ScannedLine): void {
    if (line.terminatorBytes > 0) this.#lines += 1
  }

  #keepHeader(top: OpenPart, line: ScannedLine): void {
    const size = line.end - line.start
    if (size > this.#headerBytesLeft || top.header.length + size > this.#limits.headerBytesMax) return
    top.header += line.kept
    this.#headerBytesLeft -= size
  }

  #boundaryLine(line: ScannedLine): boolean {
    if (!line.kept.startsWith('--')) return false
    const at = this.#boundaryAt(line.kept)
    const multipart = this.#open[at]
    if (multipart === undefined) return false
    const closes = line.kept.startsWith(`--${multipart.boundary}--`)
    if (!closes && this.#parts >= this.#limits.mimePartsMax) return false
    while (this.#open.length > at + 1) this.#close(line.start - this.#previousTerminator, line.start, true)
    this.#countLine(line)
    if (closes) multipart.boundary = undefined
    else this.#begin(line.end, multipart.type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain')
    return true
  }

  /**
   * The multipart whose boundary the line begins with; more may follow it (RFC 2046 section 5.1.1). Of several the
   * longest boundary is meant, then the innermost.
   */
  #boundaryAt(text: string): number {
    let found = -1
    for (const [at, { boundary }] of this.#open.entries()) {
      if (boundary === undefined || boundary.length < (this.#open[found]?.boundary?.length ?? 0)) continue
      if (text.startsWith(boundary, 2)) found = at
    }
    return found
  }

  #begin(headerStart: number, defaultType: string): void {
    this.#parts += 1
    this.#open.push(new OpenPart(headerStart, defaultType))
  }

  #endHeader(bodyStart: number, line: ScannedLine | undefined): void {
    if (line !== undefined) this.#countLine(line)
    const part = this.#top
    part.bodyStart = bodyStart
    part.linesBefore = this.#lines
    part.fields = headerFields(part.header)
    part.header = ''
    const written = firstValue(part.fields, 'content-type')
    const type = parameterised(written ?? part.defaultType)
    part.type = /^[^/]+\/./.test(type.value) ? type : parameterised('text/plain')
    if (this.#open.length >= this.#limits.mimeDepthMax) return
    const boundary = parameter(part.type, 'boundary')?.trimEnd()
    if (part.type.value.startsWith('multipart/') && boundary && boundary.length <= BOUNDARY_BYTES_MAX) {
      part.kind = 'multipart'
      part.boundary = boundary
    }
    if (this.#isMessage(part) && this.#parts < this.#limits.mimePartsMax && line !== undefined) {
      part.kind = 'message'
      this.#begin(bodyStart, 'text/plain')
    }
  }

  #isMessage(part: OpenPart): boolean {
    if (part.type.value !== 'message/rfc822' && part.type.value !== 'message/global') return false
    return ['7bit', '8bit', 'binary'].includes(encodingOf(part.fields))
  }

  /** `end` of the innermost part; `headerEnd` where its header ends if it never had a blank line. */
  #close(end: number, headerEnd: number, beforeBoundary: boolean): void {
    if (this.#top.bodyStart === undefined) this.#endHeader(headerEnd, undefined)
    const part = this.#open.pop()
    assert(part?.bodyStart !== undefined, 'its header has ended')
    const bodyEnd = Math.max(end, part.bodyStart)
    // The last line end belongs to the boundary.
    const lines = this.#lines - part.linesBefore - (beforeBoundary && end >= part.bodyStart ? 1 : 0)
    const { headerStart, bodyStart, fields, children } = part
    const empty = part.kind !== 'leaf' && children.length === 0
    const kind = empty ? 'leaf' : part.kind
    const closed = { kind, headerStart, bodyStart, end: bodyEnd, lines: Math.max(lines, 0), fields, children }
    const whole: Part = { ...closed, type: part.type }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.root = whole
    else parent.children.push(whole)
  }

  finish(size: number): void {
    while (this.#open.length > 0) this.#close(size, size, false)
  }
}

export async function structureOf(stream: AsyncIterable<Uint8Array>, limits: StructureLimits): Promise<Part> {
  const listener = new StructureListener(limits)
  const size = await scanLines(stream, listener)
  listener.finish(size)
  assert(listener.root !== undefined, 'the message is closed')
  return listener.root
}

/** As `structureOf`, of a message that is at hand as a binary string. */
export function structureIn(text: string, limits: StructureLimits): Part {
  const listener = new StructureListener(limits)
  scanText(text, listener)
  listener.finish(text.length)
  assert(listener.root !== undefined, 'the message is closed')
  return listener.root
}

/** The part that numbers like 1.2 name (RFC 9051 section 6.4.5.1); undefined when there is none. */
export function partAt(root: Part, path: readonly number[]): Part | undefined {
  let container: Part | undefined = root
  let found: Part | undefined
  for (const number of path) {
    if (container === undefined) return undefined
    if (container.kind === 'multipart') found = container.children[number - 1]
    else found = number === 1 ? container : undefined
    if (found === undefined) return undefined
    if (found.kind === 'message') container = found.children[0]
    else container = found.kind === 'multipart' ? found : undefined
  }
  return found
}
