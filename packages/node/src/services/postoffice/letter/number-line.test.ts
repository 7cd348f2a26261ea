import { describe, expect, it } from 'vitest'
import { parseHead } from './header.ts'
import { numberLine, readNumberLine } from './number-line.ts'

const number = {
  series: 'a1b2',
  generation: 2,
  number: 9,
  waiting: [
    [1, 3],
    [5, 5],
  ] as const,
  day: 40,
}
const lineOf = (changes: Record<string, unknown>) =>
  `X-Posthorn-Letter: ${JSON.stringify({ ...number, ...changes })}\r\n`

describe('the line that asks for a receipt', () => {
  it('comes back as it was written, and leaves the letter, with the wishes behind it', () => {
    const line = numberLine(number)
    expect(readNumberLine(line)).toEqual({ number, lengthBytes: line.length })
    const wishes = 'X-Posthorn-Wishes: {"returns":"full"}\r\n'
    const head = parseHead(`Return-Path: <a@b>\r\n${line}${wishes}Subject: x\r\n`)
    expect(head).toMatchObject({ number, wishes: { returns: 'full' } })
    expect(head.envelopeBytes).toBe('Return-Path: <a@b>\r\n'.length + line.length + wishes.length)
    expect(parseHead('Return-Path: <a@b>\r\nSubject: x\r\n').number).toBeUndefined()
  })

  it.each([
    ['a number that is none', { number: 0 }],
    ['half a number', { number: 1.5 }],
    ['a series of anything', { series: 'x'.repeat(33) }],
    ['ranges that are not earlier', { waiting: [[1, 9]] }],
    [
      'ranges that overlap',
      {
        waiting: [
          [1, 3],
          [3, 4],
        ],
      },
    ],
    ['ranges that run backwards', { waiting: [[3, 1]] }],
    ['ranges of three', { waiting: [[1, 2, 3]] }],
    ['ranges without end', { waiting: Array.from({ length: 101 }, (_, index) => [index * 2, index * 2]), number: 999 }],
    ['no day', { day: -1 }],
  ])('%s is no such line, and stays in the letter', (_, changes) => {
    expect(readNumberLine(lineOf(changes))).toBeUndefined()
  })

  it('a line without end, or of rubbish, is none', () => {
    expect(readNumberLine(`X-Posthorn-Letter: ${'x'.repeat(5000)}\r\n`)).toBeUndefined()
    expect(readNumberLine('X-Posthorn-Letter: {')).toBeUndefined()
    expect(readNumberLine('X-Posthorn-Letter: null\r\n')).toBeUndefined()
  })
})
