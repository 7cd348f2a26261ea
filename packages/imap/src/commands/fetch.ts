/** FETCH (RFC 9051 section 6.4.5). Bodies stream; a message that is gone is left out, never mistaken for another. */
import type { Cursor } from '../grammar/cursor.ts'
import { dateTimeText } from '../grammar/dates.ts'
import { type BinaryItem, type FetchItem, fetchItems } from '../grammar/fetch-items.ts'
import { type SequenceSet, sequenceSet } from '../grammar/sequence.ts'
import type { MessageRow } from '../mailbox.ts'
import { binaryContent, partOf } from '../message/binary.ts'
import { envelopeText, structureText } from '../message/envelope.ts'
import { MessageReader } from '../message/reader.ts'
import { flagText } from '../respond/quote.ts'
import { type Command, doneOrGone, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'

/** Written as it is, or as a literal from a stream that is open already; bytes stand after the size of theirs. */
type Piece = string | Uint8Array | Streamed

interface Streamed {
  readonly sizeBytes: number
  readonly stream: AsyncIterable<Uint8Array>
}

function isStreamed(piece: Piece): piece is Streamed {
  return typeof piece !== 'string' && !(piece instanceof Uint8Array)
}

type SectionItem = Extract<FetchItem, { kind: 'section' }>

async function sectionPieces(reader: MessageReader, item: SectionItem): Promise<Piece[] | undefined> {
  const content = await reader.locate(item.section, item.partial)
  if (content === undefined) return undefined
  if (content.kind === 'nil') return [`${item.label} NIL`]
  if (content.kind === 'made') return [`${item.label} {${content.binary.length}}\r\n${content.binary}`]
  const { range } = content
  const sizeBytes = range.end - range.start
  const stream = await reader.open(range)
  if (stream === undefined) return undefined
  if (stream instanceof Uint8Array && sizeBytes > 0) return [`${item.label} {${sizeBytes}}\r\n`, stream]
  if (stream instanceof Uint8Array || sizeBytes === 0) {
    if (!(stream instanceof Uint8Array)) await letGo(stream)
    return [`${item.label} ""`]
  }
  return [`${item.label} `, { sizeBytes, stream }]
}

async function binaryPieces(reader: MessageReader, item: BinaryItem): Promise<Piece[] | undefined> {
  const content = await binaryContent(reader, item.path)
  if (content === undefined) return undefined
  if (content === 'nil') return [`${item.label} ${item.kind === 'binary' ? 'NIL' : '0'}`]
  if (item.kind === 'binary-size') return [`${item.label} ${content.sizeBytes}`]
  const { sizeBytes, hasNul, open } = partOf(content, item.partial)
  if (sizeBytes === 0) return [`${item.label} ""`]
  const stream = await open()
  return stream && [`${item.label} ${hasNul ? '~' : ''}`, { sizeBytes, stream }]
}

/** A stream that is not read to its end is closed, so the store can close its file. */
async function letGo(stream: AsyncIterable<Uint8Array>): Promise<void> {
  await stream[Symbol.asyncIterator]().return?.()
}

async function partsPieces(reader: MessageReader, session: Session, kind: 'body' | 'body-structure') {
  const root = await reader.structure()
  if (root === undefined) return undefined
  const label = kind === 'body' ? 'BODY' : 'BODYSTRUCTURE'
  return [`${label} ${structureText(root, kind === 'body-structure', session.limits.addressesMax)}`]
}

const rowItems: ReadonlySet<FetchItem['kind']> = new Set(['uid', 'flags', 'internal-date', 'size'])

/** What is known without looking into the message. */
function rowText(row: MessageRow, item: FetchItem): string | undefined {
  switch (item.kind) {
    case 'uid':
      return `UID ${row.uid}`
    case 'flags':
      return `FLAGS ${flagText(row.flags)}`
    case 'internal-date':
      return `INTERNALDATE ${dateTimeText(row.internalDate)}`
    case 'size':
      return `RFC822.SIZE ${row.sizeBytes}`
    default:
      return undefined
  }
}

/** The value of an item that is in the message itself; undefined when it is gone. */
async function pieces(session: Session, reader: MessageReader, item: FetchItem): Promise<Piece[] | undefined> {
  switch (item.kind) {
    case 'envelope': {
      const fields = await reader.fields()
      return fields && [`ENVELOPE ${envelopeText(fields, session.limits.addressesMax)}`]
    }
    case 'body':
    case 'body-structure':
      return partsPieces(reader, session, item.kind)
    case 'binary':
    case 'binary-size':
      return binaryPieces(reader, item)
    case 'section':
      return sectionPieces(reader, item)
    default:
      return undefined
  }
}

/** All values, or undefined when the message is gone: nothing may be written before that is known. */
async function allPieces(session: Session, reader: MessageReader, items: readonly FetchItem[]) {
  const all: Piece[] = []
  let complete = false
  try {
    for (const item of items) {
      const known = rowText(reader.row, item)
      const some = known === undefined ? await pieces(session, reader, item) : [known]
      if (some === undefined) return undefined
      if (all.length > 0) all.push(' ')
      all.push(...some)
    }
    complete = true
    return all
  } finally {
    if (!complete) for (const piece of all.filter(isStreamed)) await letGo(piece.stream)
  }
}

async function write(session: Session, sequence: number, all: readonly Piece[]): Promise<void> {
  const { responder } = session
  const left = new Set(all.filter(isStreamed))
  responder.part(`* ${sequence} FETCH (`)
  try {
    for (const piece of all) {
      if (typeof piece === 'string') responder.part(piece)
      else if (piece instanceof Uint8Array) responder.partBytes(piece)
      else {
        left.delete(piece)
        await responder.literal(piece.sizeBytes, piece.stream)
      }
    }
  } finally {
    for (const piece of left) await letGo(piece.stream)
  }
  responder.lastPart(')')
}

async function fetchOne(session: Session, view: SelectedView, index: number, items: readonly FetchItem[]) {
  const row = view.row(index)
  if (view.isGone(row.uid)) return false
  const all = await allPieces(
    session,
    new MessageReader(row, { folder: view.folder, structures: view.structures, limits: session.limits }),
    items,
  )
  if (all === undefined) return false
  await write(session, index + 1, all)
  if (items.some(item => item.kind === 'flags')) view.flagsTold(row.uid)
  return true
}

/** As `fetchOne`, at once: for items that are known without looking into the message. */
function tellRow(session: Session, view: SelectedView, index: number, items: readonly FetchItem[]): boolean {
  const row = view.row(index)
  if (view.isGone(row.uid)) return false
  session.responder.untagged(`${index + 1} FETCH (${items.map(item => rowText(row, item)).join(' ')})`)
  if (items.some(item => item.kind === 'flags')) view.flagsTold(row.uid)
  return true
}

/** Rows told between two looks at whether the client keeps up. */
const ROWS_AT_ONCE = 100

async function tellRows(session: Session, set: SequenceSet, byUid: boolean, items: readonly FetchItem[]) {
  const { view } = session
  let complete = true
  for (const [count, index] of view.indexesOf(set, byUid).entries()) {
    if (!tellRow(session, view, index, items)) complete = false
    if (count % ROWS_AT_ONCE === 0) await session.responder.roomForMore()
  }
  return complete
}

function readsBody(item: FetchItem): boolean {
  return (item.kind === 'section' || item.kind === 'binary') && !item.peek
}

async function fetchAll(session: Session, args: Cursor, byUid: boolean): Promise<Reply> {
  args.space()
  const set = sequenceSet(args)
  args.space()
  const asked = fetchItems(args)
  // RFC 9051 section 6.4.9: answers to UID FETCH always hold the UID.
  const items = byUid && !asked.some(item => item.kind === 'uid') ? [{ kind: 'uid' } as const, ...asked] : asked
  const { view } = session
  if (items.every(item => rowItems.has(item.kind))) {
    return doneOrGone((await tellRows(session, set, byUid, items)) || byUid, 'Fetch completed')
  }
  const marks = !view.readOnly && items.some(readsBody)
  const seen: number[] = []
  let complete = true
  for (const index of view.indexesOf(set, byUid)) {
    if (!(await fetchOne(session, view, index, items))) complete = false
    else if (marks && !view.row(index).flags.includes('\\Seen')) seen.push(view.row(index).uid)
    await session.responder.roomForMore()
  }
  if (seen.length > 0) await view.folder.storeFlags(seen, 'add', ['\\Seen'])
  return doneOrGone(complete || byUid, 'Fetch completed')
}

export function fetch(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    run: (session, args) => fetchAll(session, args, byUid),
  }
}
