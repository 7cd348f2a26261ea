import { expect, test } from 'vitest'
import { message } from '../support/messages.ts'
import { joins } from './grouping.ts'

const at = new Date(2026, 3, 7, 12).getTime()
const bob = { ...message({ id: 1 }).from, id: 11 }

test('messages of one sender within five minutes stand together', () => {
  const first = message({ id: 1, sortedAt: at })
  expect(joins(first, message({ id: 2, sortedAt: at + 299_999 }))).toBe(true)
  expect(joins(first, message({ id: 2, sortedAt: at + 300_000 }))).toBe(false)
  expect(joins(first, message({ id: 2, sortedAt: at, from: bob }))).toBe(false)
  expect(joins(first, message({ id: 2, sortedAt: at, info: true }))).toBe(false)
  expect(joins(undefined, first)).toBe(false)
  expect(joins(first, undefined)).toBe(false)
})
