/** FETCH (RFC 9051 section 6.4.5). Bodies stream; a message that is gone is left out, never mistaken for another. */
import type { Cursor } from '../grammar/cursor.ts'
import { dateTimeText } from '../grammar/dates.ts'
import { type FetchItem, fetchItems } from '../grammar/fetch-items.ts'
import { type FetchModifiers, fetchModifiers } from '../grammar/modifiers.ts'
import { type SequenceSet, sequenceSet, uidSetText } from '../grammar/sequence.ts'
import { envelopeText, structureText } from '../message/envelope.ts'
import { headerFields } from '../message/headers.ts'
import { MessageReader } from '../message/reader.ts'
import { flagText } from '../respond/quote.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, doneOrGone, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'
import { vanishedUids } from './resync.ts'

/** Written as it is, or as a literal from a stream that is open already. */
type Piece = string | { readonly sizeBytes: number; readonly stream: AsyncIterable<Uint8Array> }

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
  if (sizeBytes === 0) {
    await letGo(stream)
    return [`${item.label} ""`]
  }
  return [`${item.label} `, { sizeBytes, stream }]
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

/** The value of one item; undefined when the message is gone. */
async function pieces(session: Session, reader: MessageReader, item: FetchItem): Promise<Piece[] | undefined> {
  const { row } = reader
  switch (item.kind) {
    case 'uid':
      return [`UID ${row.uid}`]
    case 'flags':
      return [`FLAGS ${flagText(row.flags)}`]
    case 'modseq':
      return [`MODSEQ (${row.modseq})`]
    case 'internal-date':
      return [`INTERNALDATE ${dateTimeText(row.internalDate)}`]
    case 'size':
      return [`RFC822.SIZE ${row.sizeBytes}`]
    case 'envelope': {
      const head = await reader.head()
      return head && [`ENVELOPE ${envelopeText(headerFields(head.text), session.limits.addressesMax)}`]
    }
    case 'body':
    case 'body-structure':
      return partsPieces(reader, session, item.kind)
    case 'section':
      return sectionPieces(reader, item)
  }
}

/** All values, or undefined when the message is gone: nothing may be written before that is known. */
async function allPieces(session: Session, reader: MessageReader, items: readonly FetchItem[]) {
  const all: Piece[] = []
  let complete = false
  try {
    for (const item of items) {
      const some = await pieces(session, reader, item)
      if (some === undefined) return undefined
      if (all.length > 0) all.push(' ')
      all.push(...some)
    }
    complete = true
    return all
  } finally {
    if (!complete) for (const piece of all) if (typeof piece !== 'string') await letGo(piece.stream)
  }
}

async function write(session: Session, sequence: number, all: readonly Piece[]): Promise<void> {
  const { responder } = session
  const left = new Set(all.filter(piece => typeof piece !== 'string'))
  responder.part(`* ${sequence} FETCH (`)
  try {
    for (const piece of all) {
      if (typeof piece === 'string') responder.part(piece)
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
  const all = await allPieces(session, new MessageReader(view.folder, row, session.limits), items)
  if (all === undefined) return false
  await write(session, index + 1, all)
  // A client that counts in modification sequences has heard all of it only with that.
  const needed = session.enabled.has('CONDSTORE') ? (['flags', 'modseq'] as const) : (['flags'] as const)
  if (needed.every(kind => items.some(item => item.kind === kind))) view.newsTold(row.uid)
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
  return item.kind === 'section' && !item.peek
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
  const marks = !view.readOnly && items.some(readsBody)
  const seen: number[] = []
  let complete = true
  for (const index of view.indexesOf(set, byUid)) {
    if (changedSince >= 0 && !view.isGone(view.uid(index)) && view.row(index).modseq <= changedSince) continue
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
