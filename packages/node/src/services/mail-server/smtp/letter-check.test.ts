import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LetterCheck } from './letter-check.ts'

const roomy = { messageBytesMax: 1_000_000, headerBytesMax: 1_000_000 }

function check(pieces: readonly Buffer[], limits = roomy) {
  const letter = new LetterCheck(limits)
  for (const piece of pieces) {
    const fault = letter.take(piece)
    if (fault !== undefined) return fault
  }
  return letter.end()
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const cuts = [0, ...at.map(place => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}

const anyCuts = fc.array(fc.nat(60), { maxLength: 6 })
const pieces = fc.array(fc.constantFrom('\r\n', '\r', '\n', 'a', '.', '\0'), { maxLength: 40 }).map(all => all.join(''))

describe('the letter check', () => {
  it('finds a bare CR or LF wherever it stands and however the bytes are cut', () => {
    fc.assert(
      fc.property(pieces, anyCuts, (text, at) => {
        const bare = /\r(?!\n)|(?<!\r)\n/.test(text)
        expect(check(cut(Buffer.from(text, 'latin1'), at))).toBe(bare ? 'bare-line-end' : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  it('measures the header up to the first empty line, however the bytes are cut', () => {
    const line = fc.stringMatching(/^[a-z:]{1,20}$/)
    const lines = fc.array(line, { maxLength: 4 })
    fc.assert(
      fc.property(lines, fc.nat(90), anyCuts, (header, headerBytesMax, at) => {
        const head = header.map(text => `${text}\r\n`).join('')
        const bytes = Buffer.from(`${head}\r\n${'body\r\n'.repeat(30)}`)
        const fault = check(cut(bytes, at), { ...roomy, headerBytesMax })
        expect(fault).toBe(head.length > headerBytesMax ? 'header-too-large' : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes a letter of all header for what it is', () => {
    expect(check([Buffer.from('a: b\r\nc: d\r\n')], { ...roomy, headerBytesMax: 11 })).toBe('header-too-large')
    expect(check([Buffer.from('a: b\r\nc: d\r\n')], { ...roomy, headerBytesMax: 12 })).toBeUndefined()
  })

  it('counts the bytes of the whole', () => {
    const limits = { ...roomy, messageBytesMax: 10 }
    expect(check([Buffer.from('12345'), Buffer.from('678\r\n')], limits)).toBeUndefined()
    expect(check([Buffer.from('12345'), Buffer.from('6789\r\n')], limits)).toBe('message-too-large')
  })
})
