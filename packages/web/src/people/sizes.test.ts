import { expect, test } from 'vitest'
import { bytesOf, countOf, megabytesOf } from './sizes.ts'

test('sizes are whole megabytes above zero, nothing, or no size', () => {
  expect(bytesOf(' 500 ')).toBe(500_000_000)
  expect(bytesOf('')).toBeUndefined()
  for (const text of ['0', '-1', '1.5', 'x', '1e9', '9999999999']) expect(bytesOf(text)).toBeNull()
  expect(megabytesOf(500_000_000)).toBe('500')
  expect(megabytesOf(1)).toBe('1')
  expect(megabytesOf(null)).toBe('')
})

test('counts are whole numbers up to a largest', () => {
  expect(countOf('100', 100)).toBe(100)
  for (const text of ['101', '0', '', '1.0', 'one']) expect(countOf(text, 100)).toBeNull()
})
