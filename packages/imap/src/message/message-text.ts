/**
 * The text of a message as SEARCH sees it: what a person reads, decoded and folded. One definition for messages that
 * are read for a search and for what a store notes of them beforehand, so both give the same answers.
 *
 * - `head`: every header field but those that hold keys and signatures, as `name: value`; after them the names of
 *   attached files.
 * - `body`: the text parts one after the other, HTML without its tags; of a message within the message also the
 *   fields that people look at. What stands in OpenPGP armour is no text.
 */

import { joinBytes } from '../grammar/bytes.ts'
import type { ImapLimits } from '../limits.ts'
import type { ByteRange } from '../mailbox.ts'
import { charsetDecoder } from './charset.ts'
import { folded } from './fold.ts'
import { fieldValue, firstValue, type HeaderField } from './headers.ts'
import { HtmlText } from './html.ts'
import { parameter, parameterised } from './parameters.ts'
import { type Part, structureOf } from './structure.ts'
import { TextFold, WithoutArmour } from './text-fold.ts'
import { transferDecoder } from './transfer.ts'
import { headerText } from './words.ts'

export interface TextSink {
  /** Told first. */
  structure?(root: Part): void
  /** A header field of the message: its name in lower case, its value folded. */
  field(name: string, value: string): void
  /** The folded name of an attached file. */
  fileName(name: string): void
  /** More of the body; `\n`, which is in no folded text, stands between parts. `false`: no more is wanted. */
  body(text: string): boolean
}

/** The bytes of a message, or of a part of it; `undefined` when it is gone. */
export type ReadRange = (range?: ByteRange) => Promise<AsyncIterable<Uint8Array> | undefined>

type TextLimits = Pick<ImapLimits, 'headerBytesMax' | 'partHeadersBytesMax' | 'mimeDepthMax' | 'mimePartsMax'>

/** A message up to this size is read once, into memory. */
const WHOLE_BYTES_MAX = 256 * 1024

/** Fields of keys and signatures: long, and nobody looks for what is in them. HEADER still finds them. */
const KEY_FIELDS = new Set(['autocrypt', 'autocrypt-gossip', 'autocrypt-setup-message', 'openpgp', 'face', 'x-face'])
const SIGNATURE_FIELD = /^(?:arc-|(?:[a-z-]+-)?d(?:kim|omainkey)-signature$)/

/** Can texts of this field be in what is noted of messages? */
export function isReadableField(name: string): boolean {
  return name !== '' && !KEY_FIELDS.has(name) && !SIGNATURE_FIELD.test(name)
}

/** The value of a field as texts are compared with it. */
export function foldedValue(field: HeaderField): string {
  return folded(headerText(fieldValue(field))).trim()
}

const SHOWN_FIELDS = new Set(['from', 'to', 'cc', 'subject'])

/** Gives the text of a message to the sink. `false` when the message is gone. @param open see `readable` */
export async function readMessageText(open: ReadRange, limits: TextLimits, sink: TextSink): Promise<boolean> {
  const stream = await open()
  if (stream === undefined) return false
  const root = await structureOf(stream, limits)
  sink.structure?.(root)
  for (const field of root.fields) {
    if (isReadableField(field.name)) sink.field(field.name, foldedValue(field))
  }
  for (const part of partsWithin(root)) nameOf(part, sink)
  for (const part of [root, ...partsWithin(root)]) {
    if (part.kind === 'leaf' && part.type.value.startsWith('text/')) {
      if (!(await readPart(open, part, sink))) return true
    }
    const [inner] = part.kind === 'message' ? part.children : []
    for (const field of inner?.fields ?? []) {
      if (SHOWN_FIELDS.has(field.name) && !sink.body(`\n${foldedValue(field)}\n`)) return true
    }
  }
  return true
}

/** A way to read a message several times: a small one is read here and now. Undefined when it is gone. */
export async function readable(read: ReadRange, sizeBytes: number): Promise<ReadRange | undefined> {
  if (sizeBytes > WHOLE_BYTES_MAX) return read
  const stream = await read()
  if (stream === undefined) return undefined
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  const bytes = joinBytes(pieces)
  return async range => only(range === undefined ? bytes : bytes.subarray(range.start, range.end))
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** All parts below, in the order of the message. As deep as `mimeDepthMax` at most. */
function* partsWithin(part: Part): Generator<Part> {
  for (const child of part.children) {
    yield child
    yield* partsWithin(child)
  }
}

function nameOf(part: Part, sink: TextSink): void {
  const disposition = parameterised(firstValue(part.fields, 'content-disposition') ?? '')
  const name = parameter(disposition, 'filename') ?? parameter(part.type, 'name') ?? encodedName(disposition)
  if (name !== undefined && name !== '') sink.fileName(folded(headerText(name)).trim())
}

/** A name in the form of RFC 2231: `filename*=utf-8''…`. */
function encodedName(disposition: ReturnType<typeof parameterised>): string | undefined {
  const text = parameter(disposition, 'filename*') ?? parameter(disposition, 'filename*0*')
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replace(/^[^']{0,40}'[^']{0,40}'/, ''))
  } catch {
    return text
  }
}

/** `false`: no more is wanted. */
async function readPart(open: ReadRange, part: Part, sink: TextSink): Promise<boolean> {
  if (part.end <= part.bodyStart) return true
  const stream = await open({ start: part.bodyStart, end: part.end })
  if (stream === undefined) return true
  const transfer = transferDecoder(firstValue(part.fields, 'content-transfer-encoding'))
  const charset = charsetDecoder(parameter(part.type, 'charset'))
  const html = part.type.value === 'text/html' ? new HtmlText() : undefined
  const fold = new TextFold()
  const armour = new WithoutArmour()
  const give = (text: string) => text === '' || sink.body(text)
  if (!sink.body('\n')) return false
  for await (const bytes of stream) {
    const text = charset.push(transfer.push(bytes))
    if (!give(armour.push(fold.push(html === undefined ? text : html.push(text))))) return false
  }
  const text = charset.finish()
  const last = html === undefined ? text : html.push(text) + html.finish()
  return give(armour.push(fold.push(last) + fold.finish()) + armour.finish())
}
