/** Which messages a chat has, in the order shown, and where its days begin: of all of it, however long. */
import type { MessageView, ResultOf } from '@posthorn/api'

export interface Day {
  /** Of the first message of that day. */
  readonly index: number
  /** Some time of that day, milliseconds since 1970. */
  readonly at: number
}

export interface Listing {
  readonly ids: readonly number[]
  /** Where an id is among `ids`. */
  readonly places: ReadonlyMap<number, number>
  readonly days: readonly Day[]
  readonly firstUnread: number | null
}

export const noListing: Listing = { ids: [], places: new Map(), days: [], firstUnread: null }

export function listingOf({ ids, days, firstUnread }: ResultOf<'messages.ids'>): Listing {
  return { ids, places: new Map(ids.map((id, index) => [id, index])), days, firstUnread }
}

/** The day that the message at `index` belongs to. */
export function dayAt(days: readonly Day[], index: number): Day | undefined {
  let low = 0
  let high = days.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((days[middle]?.index ?? 0) <= index) low = middle + 1
    else high = middle
  }
  return days[low - 1]
}

/** Whether the first message of a day is at `index`. */
export function beginsDay(days: readonly Day[], index: number): boolean {
  return dayAt(days, index)?.index === index
}

/**
 * With one more message at the end, as most of them come: the ids of a long chat need not be asked for again. Null when
 * its place is somewhere before the end, or cannot be told from what is known.
 */
export function appended(listing: Listing, last: MessageView | undefined, message: MessageView): Listing | null {
  const { ids, places, days } = listing
  if (places.has(message.id)) return null
  if (ids.length > 0 && (last === undefined || last.id !== ids.at(-1) || last.sortedAt > message.sortedAt)) return null
  const isNewDay = last === undefined || !sameDay(last.sortedAt, message.sortedAt)
  return {
    ids: [...ids, message.id],
    places: new Map(places).set(message.id, ids.length),
    days: isNewDay ? [...days, { index: ids.length, at: message.sortedAt }] : days,
    firstUnread: listing.firstUnread ?? (message.unread ? message.id : null),
  }
}

/** By the clock and place of whoever looks. */
export function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString()
}
