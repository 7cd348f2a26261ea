import { expect, test } from 'vitest'
import { plainLine } from './line.ts'

test.each([
  ['an override that reads backwards', 'invoice\u202Egpj.exe', 'invoicegpj.exe'],
  ['isolates left open', '\u2067Ann\u2066', 'Ann'],
  ['line breaks and tabs', 'Ann\r\n\tFerry\u2028Bo', 'Ann Ferry Bo'],
  ['only what cannot be seen', '\u200B\u2060 \uFEFF', ''],
  ['control characters', 'A\u0000\u001B[31mB', 'A [31mB'],
  ['markup is a text like any other', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['emoji made of several stay whole', '👩\u200D👩\u200D👧 family', '👩\u200D👩\u200D👧 family'],
  ['Arabic and Hebrew stay as they are', 'سلام שלום', 'سلام שלום'],
])('%s', (_what, hostile, shown) => {
  expect(plainLine(hostile)).toBe(shown)
})

test('a tower of accents grows no higher than a few', () => {
  expect(plainLine(`Z${'\u0301'.repeat(500)}o`)).toBe(`Z${'\u0301'.repeat(4)}o`)
})

test('a name without end has one', () => {
  const line = plainLine('🦊'.repeat(5000))
  expect(line).toBe(`${'🦊'.repeat(300)}…`)
})
