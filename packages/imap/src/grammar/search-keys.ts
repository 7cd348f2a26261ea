/**
 * Search keys (RFC 9051 section 6.4.4, with the \Recent keys of RFC 3501), OLDER and YOUNGER (RFC 5032), MODSEQ
 * (RFC 7162 section 3.1.5).
 */

import type { TextPlace } from '../message/search-text.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { textOf } from './bytes.ts'
import type { Cursor } from './cursor.ts'
import { searchDate } from './dates.ts'
import { type SequenceSet, savedSet, sequenceSet } from './sequence.ts'

export type SearchKey =
  | { readonly kind: 'all' | 'none' }
  | { readonly kind: 'flag'; readonly flag: string; readonly wanted: boolean }
  | { readonly kind: 'set'; readonly set: SequenceSet; readonly uid: boolean }
  | { readonly kind: 'text'; readonly place: TextPlace; readonly text: string }
  | {
      readonly kind: 'date'
      readonly of: 'internal' | 'sent'
      readonly how: 'before' | 'on' | 'since'
      readonly day: number
    }
  | { readonly kind: 'size'; readonly how: 'larger' | 'smaller'; readonly bytes: number }
  | { readonly kind: 'age'; readonly how: 'older' | 'younger'; readonly seconds: number }
  | { readonly kind: 'modseq'; readonly atLeast: number }
  | { readonly kind: 'not'; readonly key: SearchKey }
  | { readonly kind: 'or' | 'and'; readonly keys: readonly SearchKey[] }

interface Budget {
  keys: number
}

function text(cursor: Cursor): string {
  cursor.space()
  return textOf(cursor.astring('Search text'))
}

function date(cursor: Cursor, of: 'internal' | 'sent', how: 'before' | 'on' | 'since'): SearchKey {
  cursor.space()
  return { kind: 'date', of, how, day: searchDate(cursor) }
}

function flag(name: string, wanted: boolean): SearchKey {
  return { kind: 'flag', flag: name, wanted }
}

function keyword(cursor: Cursor, wanted: boolean): SearchKey {
  cursor.space()
  return flag(cursor.flag(), wanted)
}

function size(cursor: Cursor, how: 'larger' | 'smaller'): SearchKey {
  cursor.space()
  return { kind: 'size', how, bytes: cursor.number('Size', Number.MAX_SAFE_INTEGER) }
}

function age(cursor: Cursor, how: 'older' | 'younger'): SearchKey {
  cursor.space()
  const seconds = cursor.number('Seconds')
  if (seconds === 0) throw new SyntaxFault('Seconds above 0 expected')
  return { kind: 'age', how, seconds }
}

/** The flag and the kind that may be named are not told apart, as RFC 7162 section 3.1.5 allows. */
function modseq(cursor: Cursor): SearchKey {
  cursor.space()
  if (cursor.peek() === '"') {
    cursor.string('Flag')
    cursor.space()
    const kind = cursor.word('PRIV, SHARED or ALL')
    if (kind !== 'PRIV' && kind !== 'SHARED' && kind !== 'ALL') throw new SyntaxFault('PRIV, SHARED or ALL expected')
    cursor.space()
  }
  return { kind: 'modseq', atLeast: cursor.number('Modification sequence', Number.MAX_SAFE_INTEGER) }
}

function header(cursor: Cursor, name: string): SearchKey {
  return { kind: 'text', place: { kind: 'header', name }, text: text(cursor) }
}

function content(cursor: Cursor, kind: 'body' | 'text'): SearchKey {
  return { kind: 'text', place: { kind }, text: text(cursor) }
}

/** Keys that take no other key. */
const simpleKeys: Readonly<Record<string, (cursor: Cursor) => SearchKey>> = {
  ALL: () => ({ kind: 'all' }),
  OLD: () => ({ kind: 'all' }),
  NEW: () => ({ kind: 'none' }),
  RECENT: () => ({ kind: 'none' }),
  ANSWERED: () => flag('\\Answered', true),
  UNANSWERED: () => flag('\\Answered', false),
  DELETED: () => flag('\\Deleted', true),
  UNDELETED: () => flag('\\Deleted', false),
  DRAFT: () => flag('\\Draft', true),
  UNDRAFT: () => flag('\\Draft', false),
  FLAGGED: () => flag('\\Flagged', true),
  UNFLAGGED: () => flag('\\Flagged', false),
  SEEN: () => flag('\\Seen', true),
  UNSEEN: () => flag('\\Seen', false),
  KEYWORD: cursor => keyword(cursor, true),
  UNKEYWORD: cursor => keyword(cursor, false),
  BCC: cursor => header(cursor, 'bcc'),
  CC: cursor => header(cursor, 'cc'),
  FROM: cursor => header(cursor, 'from'),
  TO: cursor => header(cursor, 'to'),
  SUBJECT: cursor => header(cursor, 'subject'),
  HEADER: cursor => header(cursor, text(cursor).toLowerCase()),
  BODY: cursor => content(cursor, 'body'),
  TEXT: cursor => content(cursor, 'text'),
  BEFORE: cursor => date(cursor, 'internal', 'before'),
  ON: cursor => date(cursor, 'internal', 'on'),
  SINCE: cursor => date(cursor, 'internal', 'since'),
  SENTBEFORE: cursor => date(cursor, 'sent', 'before'),
  SENTON: cursor => date(cursor, 'sent', 'on'),
  SENTSINCE: cursor => date(cursor, 'sent', 'since'),
  LARGER: cursor => size(cursor, 'larger'),
  SMALLER: cursor => size(cursor, 'smaller'),
  OLDER: cursor => age(cursor, 'older'),
  YOUNGER: cursor => age(cursor, 'younger'),
  MODSEQ: cursor => modseq(cursor),
}

function wordKey(cursor: Cursor, budget: Budget, depth: number): SearchKey {
  const word = cursor.word('Search key')
  if (word === 'NOT') {
    cursor.space()
    return { kind: 'not', key: key(cursor, budget, depth + 1) }
  }
  if (word === 'OR') {
    cursor.space()
    const one = key(cursor, budget, depth + 1)
    cursor.space()
    return { kind: 'or', keys: [one, key(cursor, budget, depth + 1)] }
  }
  if (word === 'UID') {
    cursor.space()
    return { kind: 'set', set: sequenceSet(cursor), uid: true }
  }
  const simple = Object.hasOwn(simpleKeys, word) ? simpleKeys[word] : undefined
  if (simple === undefined) throw new SyntaxFault('Unknown search key')
  return simple(cursor)
}

function key(cursor: Cursor, budget: Budget, depth: number): SearchKey {
  if (depth > cursor.limits.nestingMax) throw new LimitFault('nestingMax', 'Search keys nested too deep')
  budget.keys += 1
  if (budget.keys > cursor.limits.searchKeysMax) throw new LimitFault('searchKeysMax', 'Too many search keys')
  if (cursor.peek() === '(') return { kind: 'and', keys: cursor.list(() => key(cursor, budget, depth + 1)) }
  if (cursor.skip('$')) return { kind: 'set', set: savedSet, uid: false }
  if (/[\d*]/.test(cursor.peek())) return { kind: 'set', set: sequenceSet(cursor), uid: false }
  return wordKey(cursor, budget, depth)
}

export interface SearchProgram {
  readonly key: SearchKey
  /** How many keys it consists of. */
  readonly keyCount: number
}

/** The keys of SEARCH, SORT and THREAD, to the end of the command. @throws SyntaxFault, LimitFault */
export function searchProgram(cursor: Cursor): SearchProgram {
  const budget: Budget = { keys: 0 }
  const keys = [key(cursor, budget, 0)]
  while (!cursor.atEnd) {
    cursor.space()
    if (!cursor.atEnd) keys.push(key(cursor, budget, 0))
  }
  return { key: { kind: 'and', keys }, keyCount: budget.keys }
}

/** Texts of keys are UTF-8, or ASCII which is that too. */
export function knowsCharset(name: string): boolean {
  return /^(?:utf-8|us-ascii)$/i.test(name)
}
