// @vitest-environment happy-dom
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  clockTime,
  currentLanguage,
  dayName,
  fileSize,
  languageFor,
  lasting,
  listOf,
  relativeTime,
  shortTime,
  speak,
  words,
} from './index.ts'

const say = words('ui', {
  close: 'Close',
  greeting: 'Hello {name}, {name}!',
  files: { one: '{count} file from {who}', other: '{count} files from {who}' },
})
afterEach(() => speak('en'))

describe('words', () => {
  test('parameters, each time they are named', () => {
    expect(say('greeting', { name: 'Ann' })).toBe('Hello Ann, Ann!')
    expect(say('greeting', { name: '{name}' })).toBe('Hello {name}, {name}!')
  })

  test('numbers by their forms, written as the language does', () => {
    expect(say('files', { count: 1, who: 'Bo' })).toBe('1 file from Bo')
    expect(say('files', { count: 1200, who: 'Bo' })).toBe('1,200 files from Bo')
  })

  test('pieces for what is more than words', () => {
    const bold = { bold: 'Bo' }
    expect(say.parts('files', { count: 2, who: bold })).toEqual(['', '2', ' files from ', bold, ''])
  })
})

describe('languages', () => {
  test.each([
    [['de-AT', 'en'], 'de'],
    [['tlh', 'uk-UA'], 'uk'],
    [['constructor'], 'en'],
    [[], 'en'],
  ])('%o: %s', (wanted, language) => {
    expect(languageFor(wanted)).toBe(language)
  })

  test('what is translated is said so, the rest in English; the page knows its direction', async () => {
    await speak('ar')
    expect([currentLanguage(), document.documentElement.lang, document.documentElement.dir]).toEqual([
      'ar',
      'ar',
      'rtl',
    ])
    expect(say('close')).not.toBe('Close')
    expect(say('greeting', { name: 'Ann' })).toBe('Hello Ann, Ann!')
    await speak('en')
    expect([say('close'), document.documentElement.dir]).toEqual(['Close', 'ltr'])
  })
})

describe('times', () => {
  const now = new Date(2026, 10, 22, 15, 30).getTime()
  const at = (days: number, hour = 9) => new Date(2026, 10, 22 + days, hour, 5).getTime()

  test('in lists: the less the longer ago', () => {
    expect(shortTime(at(0), now)).toBe(clockTime(at(0)))
    expect(shortTime(at(-1, 23), now)).toBe('yesterday')
    expect(shortTime(at(-3), now)).toBe('Thu')
    expect(shortTime(at(-40), now)).toBe('Oct 13')
    expect(shortTime(at(-400), now)).toBe('10/18/25')
    // A clock of somebody else that goes ahead.
    expect(shortTime(at(2), now)).toBe('Nov 24')
  })

  test('as in the region of who reads, where it speaks the language', async () => {
    const evening = new Date(2026, 10, 22, 16, 22).getTime()
    const languages = vi.spyOn(navigator, 'languages', 'get')
    languages.mockReturnValue(['de-DE', 'en-GB', 'en-US'])
    expect([clockTime(evening), dayName(at(-40), now)]).toEqual(['16:22', '13 October'])
    languages.mockReturnValue(['en-US', 'de-AT'])
    expect(clockTime(evening)).toMatch(/^4:22\sPM$/)
    await speak('de')
    expect(clockTime(evening)).toBe('16:22')
    languages.mockRestore()
  })

  test('days', () => {
    expect([dayName(at(0), now), dayName(at(-1), now), dayName(at(-2), now)]).toEqual(['Today', 'Yesterday', 'Friday'])
    expect(dayName(at(-400), now)).toBe('October 18, 2025')
  })

  test('how far from now, and how long', () => {
    expect(relativeTime(now - 5 * 60_000, now)).toBe('5 minutes ago')
    expect(relativeTime(now + 26 * 3_600_000, now)).toBe('tomorrow')
    expect(relativeTime(now - 20_000, now)).toBe('now')
    expect(lasting(2 * 3_600_000 + 5 * 60_000 + 9000)).toBe('2 hr, 5 min')
    expect(lasting(0)).toBe('0 sec')
  })
})

test('sizes and lists', () => {
  expect([0, 1, 999, 1400, 25_600_000].map(fileSize)).toEqual(['0 bytes', '1 byte', '999 bytes', '1.4 kB', '25.6 MB'])
  expect(listOf(['Ann', 'Bo', 'Cy'])).toBe('Ann, Bo, and Cy')
})
