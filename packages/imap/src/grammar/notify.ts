/** The arguments of NOTIFY (RFC 5465 section 8). */
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'
import { type FetchItem, fetchList } from './fetch-items.ts'
import { mailboxName } from './names.ts'

export type NotifyEvent = 'MessageNew' | 'MessageExpunge' | 'FlagChange' | 'MailboxName' | 'SubscriptionChange'

/** Every event there is here, as BADEVENT names them. */
export const notifyEvents: readonly NotifyEvent[] = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
]

export type NotifyFilter =
  | { readonly kind: 'selected' | 'selected-delayed' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly kind: 'subtree' | 'mailboxes'; readonly names: readonly string[] }

export interface NotifyGroup {
  readonly filter: NotifyFilter
  readonly events: ReadonlySet<NotifyEvent>
  /** What FETCH tells of new messages of the selected folder. */
  readonly items: readonly FetchItem[]
}

export interface NotifyRequest {
  /** Tell the state of the folders first. */
  readonly status: boolean
  readonly groups: readonly NotifyGroup[]
  /** Names events that are not known here. */
  readonly unknown: boolean
}

interface Events {
  readonly events: Set<NotifyEvent>
  items: readonly FetchItem[]
  unknown: boolean
}

function readEvent(cursor: Cursor, into: Events): void {
  const word = cursor.word('Event')
  const event = notifyEvents.find(each => each.toUpperCase() === word)
  if (event === undefined) into.unknown = true
  else into.events.add(event)
  if (event !== 'MessageNew') return
  // A list may follow, or the next event.
  if (cursor.skip(' (')) {
    cursor.back(1)
    into.items = fetchList(cursor)
  }
}

function readEvents(cursor: Cursor): Events {
  const into: Events = { events: new Set(), items: [], unknown: false }
  if (cursor.skip('NONE')) return into
  cursor.list(() => readEvent(cursor, into))
  if (into.events.size === 0 && !into.unknown) throw new SyntaxFault('Event expected')
  return into
}

function readFilter(cursor: Cursor): NotifyFilter {
  const kind = cursor.word('Mailbox filter').toLowerCase()
  switch (kind) {
    case 'selected':
    case 'selected-delayed':
    case 'inboxes':
    case 'personal':
    case 'subscribed':
      return { kind }
    case 'subtree':
    case 'mailboxes': {
      cursor.space()
      const names = cursor.peek() === '(' ? cursor.list(() => mailboxName(cursor)) : [mailboxName(cursor)]
      return { kind, names }
    }
    default:
      throw new SyntaxFault('Unknown mailbox filter')
  }
}

function isSelected({ kind }: NotifyFilter): boolean {
  return kind === 'selected' || kind === 'selected-delayed'
}

/** RFC 5465 section 5: these events come together or not at all. */
function check({ filter, events, items }: NotifyGroup): void {
  if (events.has('MessageNew') !== events.has('MessageExpunge')) {
    throw new SyntaxFault('MessageNew and MessageExpunge go together')
  }
  if (events.has('FlagChange') && !events.has('MessageNew')) throw new SyntaxFault('FlagChange needs MessageNew')
  if (!isSelected(filter) && items.length > 0) throw new SyntaxFault('Only the selected folder can be fetched from')
  if (isSelected(filter) && (events.has('MailboxName') || events.has('SubscriptionChange'))) {
    throw new SyntaxFault('Only messages can change in the selected folder')
  }
}

/** What follows `NOTIFY`; undefined for NONE. @throws SyntaxFault, LimitFault */
export function notifyRequest(cursor: Cursor): NotifyRequest | undefined {
  cursor.space()
  const word = cursor.word('SET or NONE')
  if (word === 'NONE') {
    cursor.end()
    return undefined
  }
  if (word !== 'SET') throw new SyntaxFault('SET or NONE expected')
  cursor.space()
  const status = cursor.skip('STATUS ')
  const groups: NotifyGroup[] = []
  let unknown = false
  do {
    cursor.expect('(', 'Event group')
    const filter = readFilter(cursor)
    cursor.space()
    const events = readEvents(cursor)
    cursor.expect(')', 'End of the event group')
    unknown ||= events.unknown
    groups.push({ filter, events: events.events, items: events.items })
    if (groups.length > cursor.limits.notifyGroupsMax) throw new LimitFault('notifyGroupsMax', 'Too many event groups')
  } while (cursor.skip(' '))
  cursor.end()
  if (!unknown) for (const group of groups) check(group)
  if (groups.filter(({ filter }) => isSelected(filter)).length > 1) {
    throw new SyntaxFault('The selected folder can be named once')
  }
  return { status, groups, unknown }
}
