/** What a search shall answer: RETURN (…) of RFC 4731, RFC 5182 and RFC 9051 section 6.4.4. */
import { SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

export interface SearchReturn {
  readonly min: boolean
  readonly max: boolean
  readonly all: boolean
  readonly count: boolean
  /** Keep what was found for `$`. */
  readonly save: boolean
}

const OPTIONS = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE']

/** After the space behind SEARCH. Undefined when the command has no RETURN. @throws SyntaxFault */
export function searchReturn(cursor: Cursor): SearchReturn | undefined {
  if (!cursor.skip('RETURN (')) return undefined
  const asked = new Set<string>()
  while (!cursor.skip(')')) {
    if (asked.size > 0) cursor.space()
    const option = cursor.word('Return option')
    if (!OPTIONS.includes(option) || asked.has(option)) throw new SyntaxFault('Unknown return option')
    asked.add(option)
  }
  cursor.space()
  const [min, max, all, count] = ['MIN', 'MAX', 'ALL', 'COUNT'].map(option => asked.has(option))
  return {
    min: min === true,
    max: max === true,
    all: all === true || asked.size === 0,
    count: count === true,
    save: asked.has('SAVE'),
  }
}
