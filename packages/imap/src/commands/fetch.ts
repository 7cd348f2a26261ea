/** FETCH (RFC 9051 section 6.4.5). Bodies stream; a message that is gone is left out, never mistaken for another. */
import type { Cursor } from '../grammar/cursor.ts'
import { type BinaryItem, type FetchItem, fetchItems } from '../grammar/fetch-items.ts'
import { type FetchModifiers, fetchModifiers } from '../grammar/modifiers.ts'
import { type SequenceSet, sequenceSet, uidSetText } from '../grammar/sequence.ts'
import { binaryContent, partOf } from '../message/binary.ts'
import { AddressTexts, envelopeText, structureText } from '../message/envelope.ts'
import { MessageReader } from '../message/reader.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, doneOrGone, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'
import { areNotable, tellNoted } from './fetch-noted.ts'
import { isRowItem, noteTold, rowText, tellRows } from './fetch-row.ts'
import { vanishedUids } from './resync.ts'

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

/** The value of an item that is in the message itself; undefined when it is gone. */
async function pieces(session: Session, reader: MessageReader, item: FetchItem): Promise<Piece[] | undefined> {
  switch (item.kind) {
    case 'envelope': {
      const fields = await reader.fields()
      return fields && [`ENVELOPE ${envelopeText(fields, new AddressTexts(session.limits.addressesMax))}`]
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
  noteTold(session, view, row.uid, items)
  return true
}

/** FETCH answers for messages that are new, as NOTIFY asks for (RFC 5465 section 5.2). */
export async function tellNewMessages(
  session: Session,
  uids: readonly number[],
  items: readonly FetchItem[],
): Promise<void> {
  for (const uid of uids) {
    const index = session.view.indexOf(uid)
    if (index !== undefined) await fetchOne(session, session.view, index, items)
    await session.responder.roomForMore()
  }
}

function readsBody(item: FetchItem): boolean {
  return (item.kind === 'section' || item.kind === 'binary') && !item.peek
}

/** Is it of the message's text, and not of headers only? */
function givesText(item: FetchItem): boolean {
  if (item.kind === 'binary') return true
  return item.kind === 'section' && (item.section.part === 'all' || item.section.part === 'text')
}

/** The items with those that belong to them unasked, each once. */
function completed(asked: readonly FetchItem[], kinds: readonly ('uid' | 'modseq')[]): readonly FetchItem[] {
  const missing = kinds.filter(kind => !asked.some(item => item.kind === kind)).map(kind => ({ kind }))
  const [uid, modseq] = [missing.filter(item => item.kind === 'uid'), missing.filter(item => item.kind === 'modseq')]
  return [...uid, ...asked, ...modseq]
}

function checkModifiers(session: Session, { changedSince, vanished }: FetchModifiers, byUid: boolean): void {
  if (!vanished) return
  if (!byUid || changedSince === undefined) throw new SyntaxFault('VANISHED goes with UID FETCH and CHANGEDSINCE')
  if (!session.enabled.has('QRESYNC')) throw new SyntaxFault('Enable QRESYNC first')
}

/** RFC 7162 section 3.2.6: before the FETCH answers. */
async function tellVanished(session: Session, set: SequenceSet, since: number): Promise<void> {
  const { expunged } = await session.view.folder.changes(Math.max(1, since))
  const gone = vanishedUids(session.view, expunged, set)
  if (gone.length > 0) session.responder.untagged(`VANISHED (EARLIER) ${uidSetText(gone)}`)
}

/** Those that CHANGEDSINCE leaves, and those that are gone: of them the client must hear. */
function changed(view: SelectedView, indexes: readonly number[], since: number): readonly number[] {
  if (since < 0) return indexes
  return indexes.filter(index => view.isGone(view.uid(index)) || view.row(index).modseq > since)
}

async function fetchAll(session: Session, args: Cursor, byUid: boolean): Promise<Reply> {
  args.space()
  const set = sequenceSet(args)
  args.space()
  const asked = fetchItems(args)
  const modifiers = fetchModifiers(args)
  checkModifiers(session, modifiers, byUid)
  const { changedSince = -1 } = modifiers
  // RFC 9051 section 6.4.9: answers to UID FETCH always hold the UID. RFC 7162 section 3.1.4.1: CHANGEDSINCE, MODSEQ.
  const items = completed(asked, [
    ...(byUid ? (['uid'] as const) : []),
    ...(changedSince < 0 ? [] : (['modseq'] as const)),
  ])
  if (items.some(item => item.kind === 'modseq')) session.enableCondstore()
  const { view } = session
  if (modifiers.vanished) await tellVanished(session, set, changedSince)
  const indexes = changed(view, view.indexesOf(set, byUid), changedSince)
  return doneOrGone((await tell(session, indexes, items)) || byUid, 'Fetch completed')
}

/** The answers. `false` when a message was gone. @throws SessionEnded, StreamBroken */
async function tell(session: Session, indexes: readonly number[], items: readonly FetchItem[]): Promise<boolean> {
  const { view } = session
  const { notes } = view.folder
  if (items.every(isRowItem)) return tellRows(session, indexes, items)
  const marks = !view.readOnly && items.some(readsBody)
  if (notes !== undefined && !marks && areNotable(items)) {
    return tellNoted(session, notes, indexes, items, index => fetchOne(session, view, index, items))
  }
  const seen: number[] = []
  const given: number[] = []
  let complete = true
  for (const index of indexes) {
    if (!(await fetchOne(session, view, index, items))) complete = false
    else {
      const { uid, flags } = view.row(index)
      given.push(uid)
      if (marks && !flags.includes('\\Seen')) seen.push(uid)
    }
    await session.responder.roomForMore()
  }
  if (items.some(givesText)) view.folder.fetched?.(given)
  if (seen.length > 0) await view.folder.storeFlags(seen, 'add', ['\\Seen'])
  return complete
}

export function fetch(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    run: (session, args) => fetchAll(session, args, byUid),
  }
}
