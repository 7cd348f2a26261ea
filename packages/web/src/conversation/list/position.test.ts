import { expect, test } from 'vitest'
import { listingOf } from '../window/listing.ts'
import { keepPosition, startOf } from './position.ts'

const ids = Array.from({ length: 1000 }, (_, index) => index + 1)
const read = listingOf({ ids, days: [], firstUnread: null })
const unread = listingOf({ ids, days: [], firstUnread: 900 })

test('one begins at the end, at what is unread, or at the message asked for', () => {
  expect(startOf(1, read, null)).toMatchObject({ at: { kind: 'end' }, range: { first: 969, last: 999 } })
  expect(startOf(1, unread, null)).toMatchObject({ at: { kind: 'unread', index: 899 }, firstUnread: 900 })
  expect(startOf(1, unread, 5)).toMatchObject({ at: { kind: 'message', index: 4 }, range: { first: 0, last: 34 } })
  expect(startOf(1, read, 5000)).toMatchObject({ at: { kind: 'end' } })
})

test('whoever comes back is where they were, unless something new came', () => {
  keepPosition(2, { message: 300, offsetPx: 12, sizes: [] })
  expect(startOf(2, read, null)).toMatchObject({ at: { kind: 'position', index: 299, offsetPx: 12 } })
  expect(startOf(2, unread, null)).toMatchObject({ at: { kind: 'unread' } })
  expect(startOf(3, read, null)).toMatchObject({ at: { kind: 'end' } })
  keepPosition(2, null)
  expect(startOf(2, read, null)).toMatchObject({ at: { kind: 'end' } })
})

test('an empty chat has a place to begin as well', () => {
  expect(startOf(4, listingOf({ ids: [], days: [], firstUnread: null }), null).range).toEqual({ first: 0, last: 0 })
})
