/** The arguments of LIST (RFC 9051 section 6.3.9, with what RFC 6154, 5819 and 9590 add). */
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'
import { listPattern, listReference } from './names.ts'

export interface ListQuery {
  /** Selection or return options were given, so levels that do not exist are told as `\NonExistent`. */
  readonly extended: boolean
  readonly select: ReadonlySet<string>
  /** SUBSCRIBED, CHILDREN, SPECIAL-USE. */
  readonly tell: ReadonlySet<string>
  readonly status: ReadonlySet<string> | undefined
  readonly metadata: readonly string[] | undefined
  /** With the reference in front; empty patterns are left as they are. */
  readonly patterns: readonly string[]
}

const selections = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'])
const plainReturns = new Set(['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE'])

function selectionOptions(args: Cursor): ReadonlySet<string> {
  const select = new Set(args.list(() => args.word('Selection option')))
  for (const word of select) if (!selections.has(word)) throw new SyntaxFault('Unknown selection option')
  // RFC 5258 section 3.1: it modifies another option, and REMOTE is none that could be modified.
  const base = select.has('SUBSCRIBED') || select.has('SPECIAL-USE')
  if (select.has('RECURSIVEMATCH') && !base) throw new SyntaxFault('RECURSIVEMATCH needs another selection option')
  args.space()
  return select
}

function patternsOf(args: Cursor): string[] {
  const patterns = args.peek() === '(' ? args.list(() => listPattern(args)) : [listPattern(args)]
  if (patterns.length === 0) throw new SyntaxFault('Pattern expected')
  if (patterns.length > args.limits.listPatternsMax) throw new LimitFault('listPatternsMax', 'Too many patterns')
  return patterns
}

export interface ReturnReaders {
  status(args: Cursor): ReadonlySet<string>
  metadata(args: Cursor): readonly string[]
}

function returnOptions(args: Cursor, read: ReturnReaders) {
  const tell = new Set<string>()
  let status: ReadonlySet<string> | undefined
  let metadata: readonly string[] | undefined
  args.list(() => {
    const word = args.word('Return option')
    if (word === 'STATUS') {
      args.space()
      status = read.status(args)
    } else if (word === 'METADATA') {
      args.space()
      metadata = read.metadata(args)
    } else if (plainReturns.has(word)) tell.add(word)
    else throw new SyntaxFault('Unknown return option')
  })
  return { tell, status, metadata }
}

/** @throws SyntaxFault, LimitFault */
export function listQuery(args: Cursor, read: ReturnReaders): ListQuery {
  const selects = args.peek() === '('
  const select = selects ? selectionOptions(args) : new Set<string>()
  const reference = listReference(args)
  args.space()
  const several = args.peek() === '('
  const patterns = patternsOf(args).map(pattern => (pattern === '' ? '' : reference + pattern))
  const returns = args.skip(' RETURN ')
  const asked = returns
    ? returnOptions(args, read)
    : { tell: new Set<string>(), status: undefined, metadata: undefined }
  args.end()
  return { ...asked, extended: selects || several || returns, select, patterns }
}
