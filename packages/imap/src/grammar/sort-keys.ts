/** Sort keys (RFC 5256 section 3, RFC 5957). */
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

export type SortField = 'arrival' | 'cc' | 'date' | 'from' | 'size' | 'subject' | 'to' | 'displayFrom' | 'displayTo'

export interface SortKey {
  readonly field: SortField
  readonly reverse: boolean
}

const fields: Readonly<Record<string, SortField>> = {
  ARRIVAL: 'arrival',
  CC: 'cc',
  DATE: 'date',
  FROM: 'from',
  SIZE: 'size',
  SUBJECT: 'subject',
  TO: 'to',
  DISPLAYFROM: 'displayFrom',
  DISPLAYTO: 'displayTo',
}

const KEYS_MAX = 20

/** `(REVERSE DATE SUBJECT)` @throws SyntaxFault, LimitFault */
export function sortKeys(cursor: Cursor): SortKey[] {
  const keys = cursor.list((): SortKey => {
    const first = cursor.word('Sort key')
    const reverse = first === 'REVERSE'
    if (reverse) cursor.space()
    const word = reverse ? cursor.word('Sort key') : first
    const field = Object.hasOwn(fields, word) ? fields[word] : undefined
    if (field === undefined) throw new SyntaxFault('Unknown sort key')
    return { field, reverse }
  })
  if (keys.length === 0) throw new SyntaxFault('Sort key expected')
  if (keys.length > KEYS_MAX) throw new LimitFault('searchKeysMax', 'Too many sort keys')
  return keys
}
