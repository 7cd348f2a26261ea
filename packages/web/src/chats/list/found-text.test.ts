import { expect, test } from 'vitest'
import { cut } from './found-text.ts'

test.each([
  ['See you at the Ferry', 'ferry', ['See you at the ', 'Ferry', '']],
  ['nothing of it', 'ferry', ['nothing of it', '', '']],
  ['', 'x', ['', '', '']],
  ['<b>bold</b>', '<b>', ['', '<b>', 'bold</b>']],
  ['a.b', '.', ['a', '.', 'b']],
  ['İstanbul ferry', 'ferry', ['İstanbul ferry', '', '']],
])('%s, looked for %s', (text, query, parts) => {
  expect(cut(text, query)).toEqual(parts)
})

test('what lies far before the hit is left out, at a space', () => {
  const [before, hit] = cut(`${'word '.repeat(50)}and then the ferry came`, 'ferry')
  expect(before).toBe('… word word and then the ')
  expect(hit).toBe('ferry')
})
