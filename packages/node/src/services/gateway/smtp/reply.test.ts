import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OperatingError } from '../../../base/errors.ts'
import { smtpClientLimits } from '../limits.ts'
import { type Reply, ReplyReader, statusOf, textOf } from './reply.ts'
import { dotStuffed } from './stuffing.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

function readAll(pieces: readonly string[]): Reply[] {
  const reader = new ReplyReader()
  return pieces.flatMap(piece => reader.receive(bytes(piece)))
}

describe('answers of a server', () => {
  const stream = '220 hello\r\n250-one\r\n250-two words\r\n250 three\r\n354\r\n550 5.1.1 no\n'
  const expected = [
    { code: 220, lines: ['hello'] },
    { code: 250, lines: ['one', 'two words', 'three'] },
    { code: 354, lines: [''] },
    { code: 550, lines: ['5.1.1 no'] },
  ]

  test('whole, byte by byte, and at every cut', () => {
    expect(readAll([stream])).toEqual(expected)
    expect(readAll(stream.split(''))).toEqual(expected)
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(readAll([stream.slice(0, cut), stream.slice(cut)])).toEqual(expected)
    }
  })

  test.each([
    ['no answer', 'hello\r\n'],
    ['another class', '150 x\r\n'],
    ['two codes', '250-one\r\n251 two\r\n'],
    ['no separator', '250x\r\n'],
    ['an endless line', 'x'.repeat(smtpClientLimits.replyLineBytesMax + 1)],
    ['an endless answer', '250-x\r\n'.repeat(smtpClientLimits.replyLinesMax + 1)],
  ])('refused: %s', (_, text) => {
    expect(() => readAll([text])).toThrow(OperatingError)
  })

  test('whatever comes, it is an answer or an operating error', () => {
    const noise = fc.array(fc.oneof(fc.constantFrom('250', '-', ' ', '\r', '\n', '354', '5.1.1'), fc.string()))
    fc.assert(
      fc.property(noise, pieces => {
        try {
          for (const { code, lines } of readAll(pieces)) {
            expect(code).toBeGreaterThanOrEqual(200)
            expect(lines.join('')).not.toMatch(/\p{Cc}/u)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingError)
        }
      }),
    )
  })

  test('the enhanced status is believed when it fits the code', () => {
    expect(statusOf({ code: 550, lines: ['5.1.1 no'] })).toBe('5.1.1')
    expect(statusOf({ code: 550, lines: ['2.1.1 no'] })).toBe('5.0.0')
    expect(statusOf({ code: 450, lines: ['4.7.1234 no'] })).toBe('4.0.0')
    expect(statusOf({ code: 250, lines: [''] })).toBe('2.0.0')
    expect(textOf({ code: 550, lines: ['5.1.1 no ', ' such'] })).toBe('550 5.1.1 no such')
  })
})

describe('a letter for DATA', () => {
  const stuffed = async (pieces: readonly string[]) => {
    const source = (async function* () {
      for (const piece of pieces) yield bytes(piece)
    })()
    const out: Uint8Array[] = []
    for await (const chunk of dotStuffed(source)) out.push(chunk)
    return Buffer.concat(out).toString('latin1')
  }

  test.each([
    ['', '.\r\n'],
    ['.\r\n', '..\r\n.\r\n'],
    ['a\r\n.b\r\n..\r\nc.d\r\n', 'a\r\n..b\r\n...\r\nc.d\r\n.\r\n'],
    ['no end', 'no end\r\n.\r\n'],
  ])('%j', async (letter, sent) => {
    expect(await stuffed([letter])).toBe(sent)
    expect(await stuffed(letter.split(''))).toBe(sent)
    for (let cut = 0; cut <= letter.length; cut += 1) {
      expect(await stuffed([letter.slice(0, cut), letter.slice(cut)])).toBe(sent)
    }
  })
})
