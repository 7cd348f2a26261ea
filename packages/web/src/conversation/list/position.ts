/** Where somebody is in a chat: kept while the page is open, so that coming back is coming back to the same place. */
import type { VirtualItem } from '@tanstack/react-virtual'
import type { Listing } from '../window/listing.ts'
import type { Range } from '../window/paging.ts'

export interface Position {
  /** The message at the top of the screen. */
  readonly message: number
  /** How far above the edge it begins. */
  readonly offsetPx: number
  /** How high lines were, so that the place is found exactly. */
  readonly sizes: VirtualItem[]
}

export interface Start {
  readonly at:
    | { readonly kind: 'end' }
    | { readonly kind: 'unread' | 'message'; readonly index: number }
    | { readonly kind: 'position'; readonly index: number; readonly offsetPx: number }
  readonly sizes: VirtualItem[]
  /** What must be here before anything is shown. */
  readonly range: Range
  /** The first message that was unread when the chat was opened. */
  readonly firstUnread: number | null
}

const positions = new Map<number, Position>()
const screenRows = 30

/** Null: at the end, where everybody begins. */
export function keepPosition(chat: number, position: Position | null): void {
  if (position === null) positions.delete(chat)
  else positions.set(chat, position)
}

/** A message asked for, else what is unread, else where one was, else the end. */
export function startOf(chat: number, listing: Listing, message: number | null): Start {
  const { ids, places, firstUnread } = listing
  const last = ids.length - 1
  const around = (index: number) => ({
    first: Math.max(0, index - screenRows / 2),
    last: Math.min(last, index + screenRows),
  })
  const begin = (at: Start['at'], range: Range, sizes: VirtualItem[] = []): Start => ({ at, range, sizes, firstUnread })
  const asked = message === null ? undefined : places.get(message)
  if (asked !== undefined) return begin({ kind: 'message', index: asked }, around(asked))
  const unread = firstUnread === null ? undefined : places.get(firstUnread)
  if (unread !== undefined) return begin({ kind: 'unread', index: unread }, around(unread))
  const kept = positions.get(chat)
  const index = kept === undefined ? undefined : places.get(kept.message)
  if (kept !== undefined && index !== undefined) {
    return begin({ kind: 'position', index, offsetPx: kept.offsetPx }, around(index), kept.sizes)
  }
  return begin({ kind: 'end' }, { first: Math.max(0, last - screenRows), last: Math.max(0, last) })
}
