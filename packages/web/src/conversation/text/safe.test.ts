import { expect, test } from 'vitest'
import { hidesLetters, shortened, shortFileName } from './safe.ts'

test('letters that nobody sees are found', () => {
  for (const text of ['pay\u200bpal', 'a\u202eb', 'soft\u00adhyphen', '\ufeffx']) expect(hidesLetters(text)).toBe(true)
  for (const text of ['plain', 'שלום', 'مرحبا', '👨‍👩‍👧']) expect(hidesLetters(text)).toBe(false)
})

test('a letter is never cut in two', () => {
  expect(shortened('ab😀', 3)).toBe('ab…')
  expect(shortened('abc', 3)).toBe('abc')
})

test('of a long file name the end is kept', () => {
  const name = `${'long '.repeat(40)}report.pdf.exe`
  expect(shortFileName(name)).toMatch(/^long .*…ng? ?report\.pdf\.exe$|^long .*report\.pdf\.exe$/)
  expect(shortFileName(name).length).toBeLessThanOrEqual(49)
  expect(shortFileName('short.txt')).toBe('short.txt')
})
