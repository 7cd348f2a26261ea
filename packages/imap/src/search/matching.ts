/**
 * Which messages of the selected folder match: first by what is in memory, then by what the store has noted, and only
 * what is still open by reading the messages, each once for all keys.
 */
import type { SearchProgram } from '../grammar/search-keys.ts'
import type { FolderNotes } from '../mailbox.ts'
import { type Needles, searchTextOf } from '../message/search-text.ts'
import { LimitFault } from '../session/faults.ts'
import type { Session } from '../session/session.ts'
import { type Test, testOf, type Wanted } from './tests.ts'

export interface Matches {
  /** Indexes in the view (sequence number minus one), ascending. */
  readonly indexes: readonly number[]
  /** Some key asked for modification sequences: the answer tells the greatest (RFC 7162 section 3.1.5). */
  readonly modseqs: boolean
}

/** Messages looked at between two breaths. */
const ROWS_AT_ONCE = 4096

/** @throws LimitFault */
export async function matching(session: Session, program: SearchProgram): Promise<Matches> {
  const { view } = session
  if (program.keyCount * view.count > session.limits.searchStepsMax) {
    throw new LimitFault('searchStepsMax', 'The search is too large, ask for less at once')
  }
  const wanted: Wanted = { texts: [], sentDays: false, sentDayOf: new Map(), modseqs: false }
  const test = testOf(program.key, { view, now: session.options.now() }, wanted)
  if (wanted.modseqs) session.enableCondstore()
  const found: number[] = []
  const all = Array.from({ length: view.count }, (_, index) => index)
  let open = await sift(session, test, all, found)
  const { notes } = view.folder
  if (open.length > 0 && notes !== undefined) {
    await askStore(session, notes, wanted, open)
    open = await sift(session, test, open, found)
  }
  await readMessages(session, test, wanted, open, found)
  return { indexes: found.sort((one, other) => one - other), modseqs: wanted.modseqs }
}

/** Adds those that match to `found`; answers those of which it is not known. */
async function sift(session: Session, test: Test, indexes: readonly number[], found: number[]): Promise<number[]> {
  const { view } = session
  const open: number[] = []
  let count = 0
  for (const index of indexes) {
    count += 1
    if (count % ROWS_AT_ONCE === 0) await session.breathe()
    const row = view.row(index)
    if (view.isGone(row.uid)) continue
    const verdict = test({ row, sequence: index + 1 })
    if (verdict === undefined) open.push(index)
    else if (verdict) found.push(index)
  }
  return open
}

/** @param open ascending indexes, at least one. */
async function askStore(session: Session, notes: FolderNotes, wanted: Wanted, open: readonly number[]): Promise<void> {
  const { view } = session
  const fromUid = view.row(open[0] ?? 0).uid
  const toUid = view.row(open.at(-1) ?? 0).uid
  for (const leaf of wanted.texts) {
    const { found, unknown } = await notes.find({ place: leaf.place, needle: leaf.needle, fromUid, toUid })
    leaf.known = { found: new Set(found), unknown: new Set(unknown) }
    await session.responder.roomForMore()
  }
  if (wanted.sentDays) wanted.sentDayOf = await notes.summaries('sentDay')
}

async function readMessages(
  session: Session,
  test: Test,
  wanted: Wanted,
  open: readonly number[],
  found: number[],
): Promise<void> {
  const { view } = session
  const needlesIn = (kind: 'body' | 'text') => {
    return new Set(wanted.texts.filter(({ place }) => place.kind === kind).map(({ needle }) => needle))
  }
  const needles: Needles = { body: needlesIn('body'), text: needlesIn('text') }
  for (const index of open) {
    const row = view.row(index)
    const read = (range?: { start: number; end: number }) => view.folder.read(row.uid, range)
    const text = await searchTextOf(read, row.sizeBytes, session.limits, needles)
    if (text !== undefined && test({ row, sequence: index + 1, text }) === true) found.push(index)
    // A client that is gone, or a server that stops, does not wait for the rest of the folder.
    await session.responder.roomForMore()
    await session.breathe()
  }
}
