/** SORT (RFC 5256), also by what is shown of addresses (RFC 5957). */
import { knowsCharset, searchProgram } from '../grammar/search-keys.ts'
import { type SortField, type SortKey, sortKeys } from '../grammar/sort-keys.ts'
import type { MessageRow } from '../mailbox.ts'
import type { SummaryField } from '../message/summary.ts'
import { inOrder } from '../search/in-order.ts'
import { matching } from '../search/matching.ts'
import { type Summaries, summariesOf } from '../search/summaries.ts'
import { type Command, ok } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { badCharset } from './search.ts'

const noted: Readonly<Partial<Record<SortField, SummaryField>>> = {
  cc: 'cc',
  date: 'sentAt',
  from: 'from',
  subject: 'subject',
  to: 'to',
  displayFrom: 'displayFrom',
  displayTo: 'displayTo',
}

function keyValue(field: SortField, row: MessageRow, summaries: Summaries): string | number {
  switch (field) {
    case 'arrival':
      return row.internalDate
    case 'size':
      return row.sizeBytes
    case 'date':
      return summaries.of('sentAt', row.uid) ?? row.internalDate
    default:
      return summaries.of(field, row.uid) ?? ''
  }
}

function compareValues(one: string | number, other: string | number): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

interface Sortable {
  readonly index: number
  readonly values: readonly (string | number)[]
}

function comparison(keys: readonly SortKey[]): (one: Sortable, other: Sortable) => number {
  const signs = keys.map(({ reverse }) => (reverse ? -1 : 1))
  return (one, other) => {
    for (let at = 0; at < signs.length; at += 1) {
      const order = compareValues(one.values[at] ?? '', other.values[at] ?? '')
      if (order !== 0) return order * (signs[at] ?? 1)
    }
    // What is equal stays in the order of the folder (RFC 5256 section 3).
    return one.index - other.index
  }
}

async function sorted(session: Session, keys: readonly SortKey[], indexes: readonly number[]): Promise<number[]> {
  const { view } = session
  const fields = keys.map(({ field }) => noted[field]).filter(field => field !== undefined)
  const summaries = await summariesOf(session, indexes, [...new Set(fields)])
  const items: Sortable[] = []
  for (const index of indexes) {
    items.push({ index, values: keys.map(({ field }) => keyValue(field, view.row(index), summaries)) })
    if (items.length % 4096 === 0) await session.breathe()
  }
  const ordered = await inOrder(items, comparison(keys), () => session.breathe())
  return ordered.map(({ index }) => index)
}

export function sortCommand(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    async run(session, args) {
      args.space()
      const keys = sortKeys(args)
      args.space()
      const known = knowsCharset(args.astring('Charset'))
      args.space()
      const program = searchProgram(args)
      if (!known) return badCharset
      const { indexes } = await matching(session, program)
      const numbers = (await sorted(session, keys, indexes)).map(index => {
        return byUid ? session.view.row(index).uid : index + 1
      })
      session.responder.untagged(['SORT', ...numbers].join(' '))
      return ok('Sort completed')
    },
  }
}
