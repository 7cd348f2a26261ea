import { describe, expect, test } from 'vitest'
import { message } from '../support/messages.ts'
import { appended, beginsDay, dayAt, listingOf, noListing } from './listing.ts'

const noon = new Date(2026, 3, 7, 12).getTime()
const day = 86_400_000

const three = listingOf({
  ids: [11, 12, 15],
  days: [
    { index: 0, at: noon - day },
    { index: 2, at: noon },
  ],
  firstUnread: null,
})

test('every message knows its day, the first of each begins it', () => {
  expect([0, 1, 2].map(index => dayAt(three.days, index)?.at)).toEqual([noon - day, noon - day, noon])
  expect([0, 1, 2].map(index => beginsDay(three.days, index))).toEqual([true, false, true])
  expect(dayAt([], 0)).toBeUndefined()
})

describe('a message that came', () => {
  const last = message({ id: 15, sortedAt: noon })

  test('goes to the end, and begins a day when it is the first of it', () => {
    const same = appended(three, last, message({ id: 16, sortedAt: noon + 5 }))
    expect(same?.ids).toEqual([11, 12, 15, 16])
    expect(same?.places.get(16)).toBe(3)
    expect(same?.days).toBe(three.days)
    const next = appended(three, last, message({ id: 16, sortedAt: noon + day }))
    expect(next?.days.at(-1)).toEqual({ index: 3, at: noon + day })
  })

  test('that belongs before the end, or whose place is not known, is not put there', () => {
    expect(appended(three, last, message({ id: 16, sortedAt: noon - 1 }))).toBeNull()
    expect(appended(three, undefined, message({ id: 16, sortedAt: noon + 1 }))).toBeNull()
    expect(appended(three, last, message({ id: 12, sortedAt: noon + 1 }))).toBeNull()
  })

  test('is the first unread one when none was', () => {
    expect(appended(noListing, undefined, message({ id: 3, unread: true }))?.firstUnread).toBe(3)
    const unread = { ...three, firstUnread: 12 }
    expect(appended(unread, last, message({ id: 16, sortedAt: noon, unread: true }))?.firstUnread).toBe(12)
  })
})
