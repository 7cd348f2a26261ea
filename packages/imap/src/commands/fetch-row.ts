/** What FETCH answers of a message without looking into it. */
import { dateTimeText } from '../grammar/dates.ts'
import type { FetchItem } from '../grammar/fetch-items.ts'
import type { MessageRow } from '../mailbox.ts'
import { flagText } from '../respond/quote.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'

const rowItems: ReadonlySet<FetchItem['kind']> = new Set(['uid', 'flags', 'modseq', 'internal-date', 'size'])

export function isRowItem(item: FetchItem): boolean {
  return rowItems.has(item.kind)
}

/** Undefined for an item that is in the message itself. */
export function rowText(row: MessageRow, item: FetchItem): string | undefined {
  switch (item.kind) {
    case 'uid':
      return `UID ${row.uid}`
    case 'flags':
      return `FLAGS ${flagText(row.flags)}`
    case 'modseq':
      return `MODSEQ (${row.modseq})`
    case 'internal-date':
      return `INTERNALDATE ${dateTimeText(row.internalDate)}`
    case 'size':
      return `RFC822.SIZE ${row.sizeBytes}`
    default:
      return undefined
  }
}

/** A client that counts in modification sequences has heard all of it only with that. */
export function noteTold(session: Session, view: SelectedView, uid: number, items: readonly FetchItem[]): void {
  const needed = session.enabled.has('CONDSTORE') ? (['flags', 'modseq'] as const) : (['flags'] as const)
  if (needed.every(kind => items.some(item => item.kind === kind))) view.newsTold(uid)
}

/** As a FETCH of one message, at once. `false` when it is gone. */
function tellRow(session: Session, view: SelectedView, index: number, items: readonly FetchItem[]): boolean {
  const row = view.row(index)
  if (view.isGone(row.uid)) return false
  session.responder.untagged(`${index + 1} FETCH (${items.map(item => rowText(row, item)).join(' ')})`)
  noteTold(session, view, row.uid, items)
  return true
}

/** Rows told between two looks at whether the client keeps up. */
const ROWS_AT_ONCE = 100

/** For items that are all in the row. `false` when a message was gone. @throws SessionEnded */
export async function tellRows(session: Session, indexes: readonly number[], items: readonly FetchItem[]) {
  const { view } = session
  let complete = true
  for (const [count, index] of indexes.entries()) {
    if (!tellRow(session, view, index, items)) complete = false
    if (count % ROWS_AT_ONCE === 0) await session.responder.roomForMore()
  }
  return complete
}
