/** What may stand in parentheses after the arguments of FETCH, STORE and SELECT (RFC 4466, RFC 7162). */
import { SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'
import { type SequenceSet, sequenceSet } from './sequence.ts'

export interface FetchModifiers {
  /** Only messages that changed after this. */
  readonly changedSince?: number
  /** Tell also which of the set are gone. */
  readonly vanished: boolean
}

/** ` (CHANGEDSINCE n VANISHED)`, to the end of the command. @throws SyntaxFault */
export function fetchModifiers(cursor: Cursor): FetchModifiers {
  let changedSince: number | undefined
  let vanished = false
  if (cursor.skip(' ')) {
    cursor.list(() => {
      const word = cursor.word('FETCH modifier')
      if (word === 'CHANGEDSINCE') {
        cursor.space()
        changedSince = cursor.modseq()
      } else if (word === 'VANISHED') vanished = true
      else throw new SyntaxFault('Unknown FETCH modifier')
    })
  }
  cursor.end()
  return changedSince === undefined ? { vanished } : { changedSince, vanished }
}

/** `(UNCHANGEDSINCE n) `, if it comes next. @throws SyntaxFault */
export function unchangedSince(cursor: Cursor): number | undefined {
  if (!cursor.skip('(')) return undefined
  cursor.expect('UNCHANGEDSINCE ', 'STORE modifier')
  const modseq = cursor.modseq()
  cursor.expect(') ', 'End of the STORE modifier')
  return modseq
}

/** What a client knew of a folder when it left (RFC 7162 section 3.2.5). */
export interface KnownState {
  readonly uidValidity: number
  readonly modseq: number
  readonly uids: SequenceSet | undefined
  /** A sample of sequence numbers and their uids. */
  readonly match: { readonly sequences: SequenceSet; readonly uids: SequenceSet } | undefined
}

export interface SelectParameters {
  readonly condstore: boolean
  readonly known: KnownState | undefined
}

function setWithoutStar(cursor: Cursor): SequenceSet {
  const set = sequenceSet(cursor)
  if (set.some(([from, to]) => from === '*' || to === '*')) throw new SyntaxFault('* is not allowed here')
  return set
}

function knownState(cursor: Cursor): KnownState {
  cursor.expect(' (', 'Parameters of QRESYNC')
  const uidValidity = cursor.number('UIDVALIDITY')
  cursor.space()
  const modseq = cursor.modseq()
  let uids: SequenceSet | undefined
  let match: KnownState['match']
  let more = cursor.skip(' ')
  if (more && cursor.peek() !== '(') {
    uids = setWithoutStar(cursor)
    more = cursor.skip(' ')
  }
  if (more) {
    cursor.expect('(', 'Sequence match data')
    const sequences = setWithoutStar(cursor)
    cursor.space()
    match = { sequences, uids: setWithoutStar(cursor) }
    cursor.expect(')', 'End of the sequence match data')
  }
  cursor.expect(')', 'End of the parameters of QRESYNC')
  return { uidValidity, modseq, uids, match }
}

/** ` (CONDSTORE)`, ` (QRESYNC (…))` or nothing, to the end of the command. @throws SyntaxFault, LimitFault */
export function selectParameters(cursor: Cursor): SelectParameters {
  let condstore = false
  let known: KnownState | undefined
  if (cursor.skip(' ')) {
    cursor.list(() => {
      const word = cursor.word('Parameter')
      if (word === 'CONDSTORE') condstore = true
      else if (word === 'QRESYNC') known = knownState(cursor)
      else throw new SyntaxFault('Unknown parameter')
    })
  }
  cursor.end()
  return { condstore, known }
}
