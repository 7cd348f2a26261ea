import { describe, expect, test } from 'vitest'
import type { OutboxItem } from '../../device/index.ts'
import { message } from '../support/messages.ts'
import { listingOf } from '../window/listing.ts'
import { countOf, type Rows, rowAt } from './rows.ts'

const noon = new Date(2026, 3, 7, 12).getTime()
const day = 86_400_000

function rows(parts: Partial<Rows> = {}): Rows {
  const messages = [
    message({ id: 1, sortedAt: noon - day }),
    message({ id: 2, sortedAt: noon }),
    message({ id: 3, sortedAt: noon + 1000 }),
    message({ id: 4, sortedAt: noon + 2000 }),
  ]
  const days = [
    { index: 0, at: noon - day },
    { index: 1, at: noon },
  ]
  const listing = listingOf({ ids: [1, 2, 3, 4], days, firstUnread: 4 })
  const loaded = new Map(messages.map(item => [item.id, item]))
  return { listing, loaded, pending: [], showsSender: true, firstUnread: 4, ...parts }
}

const outgoing: OutboxItem = {
  ...{
    key: 'k',
    user: 'ann',
    chat: 1,
    text: 'on its way',
    quote: 4,
    writtenAt: noon + 3000,
    state: 'waits',
    error: '',
  },
}

test('groups end where a day or what is unread begins', () => {
  const shown = [0, 1, 2, 3].map(index => rowAt(rows(), index))
  expect(shown.map(row => [row?.isFirst, row?.isLast])).toEqual([
    [true, true],
    [true, false],
    [false, true],
    [true, true],
  ])
  expect(shown.map(row => row?.day)).toEqual([noon - day, noon, null, null])
  expect(shown.map(row => row?.isFirstUnread)).toEqual([false, false, false, true])
})

describe('what is on its way', () => {
  test('stands at the end, as a message of one’s own', () => {
    const all = rows({ pending: [outgoing] })
    expect(countOf(all)).toBe(5)
    expect(rowAt(all, 4)).toMatchObject({ message: { text: 'on its way', mine: true }, day: null, waiting: outgoing })
    expect(rowAt(all, 4)?.message.quote).toMatchObject({ message: 4, text: 'message 4' })
    expect(rowAt(all, 4)?.message).toBe(rowAt(all, 4)?.message)
  })

  test('begins a day when it is the first of it', () => {
    const tomorrow = { ...outgoing, writtenAt: noon + day }
    expect(rowAt(rows({ pending: [tomorrow] }), 4)?.day).toBe(noon + day)
    const empty = rows({ listing: listingOf({ ids: [], days: [], firstUnread: null }), pending: [outgoing] })
    expect(rowAt(empty, 0)?.day).toBe(noon + 3000)
  })
})

test('what is not loaded is not shown as anything else', () => {
  expect(rowAt(rows({ loaded: new Map() }), 2)).toBeUndefined()
  expect(rowAt(rows(), 99)).toBeUndefined()
})
