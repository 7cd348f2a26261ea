/** The lines of the list: first the messages that the node has, then those on their way to it. */
import type { MessageView } from '@posthorn/api'
import type { OutboxItem } from '../../device/index.ts'
import { messageOf } from '../composer/on-way.ts'
import { beginsDay, dayAt, type Listing, sameDay } from '../window/listing.ts'
import { joins } from './grouping.ts'
import type { RowProps } from './row.tsx'

export interface Rows {
  readonly listing: Listing
  readonly loaded: ReadonlyMap<number, MessageView>
  readonly pending: readonly OutboxItem[]
  readonly showsSender: boolean
  readonly firstUnread: number | null
}

export function countOf({ listing, pending }: Rows): number {
  return listing.ids.length + pending.length
}

/** Undefined while it is not loaded. */
export function rowAt(rows: Rows, index: number): RowProps | undefined {
  const { listing, pending, showsSender } = rows
  const message = messageAt(rows, index)
  if (message === undefined) return undefined
  const firstUnread = firstWritten(rows)
  const isFirstUnread = firstUnread !== null && message.id === firstUnread
  const previous = messageAt(rows, index - 1)
  const next = messageAt(rows, index + 1)
  const day = dayOf(rows, index, message, previous)
  const nextBreaks = next !== undefined && dayOf(rows, index + 1, next, message) !== null
  return {
    message,
    day,
    isFirstUnread,
    showsSender,
    isFirst: day !== null || isFirstUnread || !joins(previous, message),
    isLast: nextBreaks || next?.id === firstUnread || !joins(message, next),
    waiting: pending[index - listing.ids.length] ?? null,
  }
}

/** What the engine says of the chat is no news to be told of: the mark stands before the first that somebody wrote. */
function firstWritten({ listing, loaded, firstUnread }: Rows): number | null {
  const from = firstUnread === null ? undefined : listing.places.get(firstUnread)
  if (from === undefined) return firstUnread
  let index = from
  while (loaded.get(listing.ids[index] ?? 0)?.info === true) index += 1
  return listing.ids[index] ?? null
}

function messageAt({ listing, loaded, pending }: Rows, index: number): MessageView | undefined {
  const id = listing.ids[index]
  if (id !== undefined) return loaded.get(id)
  const item = pending[index - listing.ids.length]
  return item === undefined ? undefined : messageOf(item, quoted => loaded.get(quoted))
}

/** A time of the day that begins with this message, or null. */
function dayOf({ listing }: Rows, index: number, message: MessageView, previous?: MessageView): number | null {
  if (index < listing.ids.length) return beginsDay(listing.days, index) ? message.sortedAt : null
  const before = previous?.sortedAt ?? dayAt(listing.days, listing.ids.length - 1)?.at
  return before === undefined || !sameDay(before, message.sortedAt) ? message.sortedAt : null
}
