import fc from 'fast-check'
import { expect, test } from 'vitest'
import { civilDate, civilDay, dateTimeText, dayNumber } from './dates.ts'
import { matchesPattern } from './names.ts'
import { rangesOf, uidSetText, within } from './sequence.ts'
import { decodeUtf7, encodeUtf7 } from './utf7.ts'

test('modified UTF-7: the examples of RFC 3501 and every text there and back', () => {
  expect(encodeUtf7('~peter/mail/台北/日本語')).toBe('~peter/mail/&U,BTFw-/&ZeVnLIqe-')
  expect(decodeUtf7('~peter/mail/&U,BTFw-/&ZeVnLIqe-')).toBe('~peter/mail/台北/日本語')
  expect(encodeUtf7('a&b')).toBe('a&-b')
  expect(decodeUtf7('a&-b')).toBe('a&b')
  for (const tricky of ['&AC8-', '&', '&a', '&-&', '&AGE-', '&2D0-', '&AOR-', '&AA-', 'é']) {
    expect(decodeUtf7(tricky), tricky).toBeUndefined()
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(decodeUtf7(encodeUtf7(text))).toBe(text)
    }),
    { seed: 1 },
  )
})

test('dates agree with the platform', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), seconds => {
      const date = new Date(seconds * 1000)
      const days = Math.floor(seconds / 86_400)
      expect(civilDate(days)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      })
      expect(dayNumber(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(days)
      const shown = dateTimeText(seconds * 1000)
      expect(shown.slice(13, 21)).toBe(date.toISOString().slice(-13, -5))
    }),
    { seed: 2 },
  )
  expect(dateTimeText(Number.NEGATIVE_INFINITY)).toBe('" 1-Jan-0001 00:00:00 +0000"')
  expect(dateTimeText(1e300)).toBe('"31-Dec-9999 23:59:59 +0000"')
  expect(civilDay('29', 'feb', '2026')).toBeUndefined()
  expect(civilDay('29', 'Feb', '2028')).toBe(dayNumber(2028, 2, 29))
})

test('sequence sets mean what counting them through would', () => {
  const end = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant('*' as const))
  fc.assert(
    fc.property(fc.array(fc.tuple(end, end), { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (set, greatest) => {
      const ranges = rangesOf(set, greatest)
      const value = (one: number | '*') => (one === '*' ? greatest : one)
      for (let number = 1; number <= 30; number += 1) {
        const inSet = set.some(([a, b]) => {
          return number >= Math.min(value(a), value(b)) && number <= Math.max(value(a), value(b))
        })
        expect(within(ranges, number)).toBe(inSet)
      }
    }),
    { seed: 3 },
  )
  expect(rangesOf([['*', '*']], 0)).toEqual([])
  expect(uidSetText([1, 2, 3, 7, 9, 8])).toBe('1:3,7,9,8')
})

test('LIST patterns, also hostile ones, in little time', () => {
  const cases: [string, string, boolean][] = [
    ['INBOX', 'inbox', true],
    ['a/b', '%', false],
    ['a/b', '*', true],
    ['a/b', 'a/%', true],
    ['a/b/c', 'a/%', false],
    ['a/b/c', 'a/%/c', true],
    ['日本', '%本', true],
    ['😀x', '😀%', true],
    ['abc', '', false],
  ]
  for (const [name, pattern, expected] of cases) expect(matchesPattern(name, pattern), pattern).toBe(expected)
  expect(matchesPattern(`${'a'.repeat(500)}b`, `${'*a%'.repeat(150)}c`)).toBe(false)
})
