/** What a client missed while it was away (RFC 7162 sections 3.2.5 and 3.2.6). */
import { type Range, rangesOf, type SequenceSet, uidSetText, within } from '../grammar/sequence.ts'
import { flagText } from '../respond/quote.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'

const UID_MAX = 4_294_967_295

/** The numbers of ranges one by one, up to `last`. */
function* numbers(ranges: readonly Range[], last: number): Generator<number> {
  for (const [from, to] of ranges) for (let value = from; value <= Math.min(to, last); value += 1) yield value
}

/**
 * The greatest uid up to which the client's sample of numbers and uids fits the folder: it knows of everything that
 * went before. 0 when nothing fits.
 */
export function matchedUid(view: SelectedView, sequences: SequenceSet, uids: SequenceSet): number {
  const theirs = numbers(rangesOf(uids, UID_MAX), UID_MAX)
  let matched = 0
  for (const sequence of numbers(rangesOf(sequences, UID_MAX), view.count)) {
    const { value } = theirs.next()
    if (value === undefined || view.uid(sequence - 1) !== value) break
    matched = value
  }
  return matched
}

/** The uids of the set that went after `since`. Those whose number the client still counts are told another way. */
export function vanishedUids(view: SelectedView, expunged: readonly number[], set: SequenceSet | undefined): number[] {
  const ranges = set === undefined ? undefined : rangesOf(set, UID_MAX)
  return expunged.filter(uid => (ranges === undefined || within(ranges, uid)) && view.indexOf(uid) === undefined)
}

interface Missed {
  readonly since: number
  /** What the client knows; undefined = everything. */
  readonly uids: SequenceSet | undefined
  /** Of uids up to this it knows whether they went. */
  readonly uidsAbove: number
}

/** `* VANISHED (EARLIER) …`, then the flags of what changed. */
export async function tellChangedSince(session: Session, view: SelectedView, missed: Missed): Promise<void> {
  const { responder } = session
  // No folder had a change at 1 or before; 0 would ask for what is there, and not for what went.
  const { added, changed, expunged } = await view.folder.changes(Math.max(1, missed.since))
  const gone = vanishedUids(view, expunged, missed.uids).filter(uid => uid > missed.uidsAbove)
  if (gone.length > 0) responder.untagged(`VANISHED (EARLIER) ${uidSetText(gone)}`)
  const ranges = missed.uids === undefined ? undefined : rangesOf(missed.uids, UID_MAX)
  const uids = [...changed, ...added].map(row => row.uid).sort((one, other) => one - other)
  for (const uid of uids) {
    const index = view.indexOf(uid)
    if (index === undefined || view.isGone(uid) || (ranges !== undefined && !within(ranges, uid))) continue
    const { flags, modseq } = view.row(index)
    responder.untagged(`${index + 1} FETCH (UID ${uid} FLAGS ${flagText(flags)} MODSEQ (${modseq}))`)
    await responder.roomForMore()
  }
}
