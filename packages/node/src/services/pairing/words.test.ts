import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inviteNamed, newWords, readWords } from './words.ts'

describe('words', () => {
  it('are six, random, and read back', () => {
    const all = new Set<string>()
    for (let round = 0; round < 50; round += 1) {
      const words = newWords(randomBytes)
      expect(words.split(' ')).toHaveLength(6)
      expect(readWords(words)).toBe(words)
      all.add(words)
    }
    expect(all.size).toBe(50)
  })

  it('every word comes as easily as any other', () => {
    const ends = newWords(sizeBytes => new Uint8Array(sizeBytes).fill(255))
    expect(ends).toBe('zoo zoo zoo zoo zoo zoo')
    expect(inviteNamed(newWords(sizeBytes => new Uint8Array(sizeBytes)))).toBe('abandon')
  })

  it('case, hyphens, line ends and all but four letters do not matter', () => {
    expect(readWords(' Abandon-ABILITY able\nabout,abov absent ')).toBe('abandon ability able about above absent')
  })

  it.each(['', 'zoo', 'zoo zoo zoo zoo zoo zoo zoo', 'zoo zoo zoo zoo zoo zzzz'])('"%s" is refused untried', text => {
    expect(() => readWords(text)).toThrow(expect.objectContaining({ code: 'bad-words' }))
  })

  it('any text is words or an error in words', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        try {
          expect(readWords(text).split(' ')).toHaveLength(6)
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-words' })
        }
      }),
    )
  })
})
