import { randomBytes } from 'node:crypto'
import { FormatError, generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cardLink, findCardLink, givesReceipts, parseCardLink, takesPushes } from './card.ts'

const identity = generateIdentity(pureSuite, randomBytes)
const content = {
  name: 'camp',
  domains: ['camp.example'],
  addresses: ['tcp://192.0.2.1:5400'],
  acknowledges: true,
  issuedAt: 1_795_000_000_000,
}
const link = cardLink(pureSuite, identity, content)

describe('cards', () => {
  it('say whether their node takes pushes, and old ones say that it does not', () => {
    const pushing = cardLink(pureSuite, identity, { ...content, pushes: true })
    expect(parseCardLink(pureSuite, pushing)).toMatchObject({ ...content, pushes: true })
    expect(parseCardLink(pureSuite, link).pushes).toBe(false)
    expect([takesPushes(pushing), takesPushes(link)]).toEqual([true, false])
  })

  it('say whether their node gives receipts, and old ones say that it does not', () => {
    const giving = cardLink(pureSuite, identity, { ...content, receipts: true })
    expect(parseCardLink(pureSuite, giving)).toMatchObject({ ...content, receipts: true, pushes: false })
    expect([givesReceipts(giving), givesReceipts(link)]).toEqual([true, false])
  })

  it('come back from their link as they were', () => {
    const { id, signingKey, exchangeKey, noiseKey } = identity
    const found = parseCardLink(pureSuite, link)
    expect(found).toMatchObject(content)
    expect(found.identity.id).toBe(id)
    expect([found.identity.signingKey, found.identity.exchangeKey, found.identity.noiseKey]).toEqual(
      [signingKey, exchangeKey, noiseKey].map(key => Uint8Array.from(key)),
    )
  })

  it('are found in a file with remarks', () => {
    expect(findCardLink(`# card of camp\n${link}\n`)).toBe(link)
    expect(findCardLink('nothing here')).toBeUndefined()
  })

  it('are refused when a single bit was changed', () => {
    const bytes = Buffer.from(link.slice('posthorn:'.length), 'base64url')
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), bit => {
        const altered = Buffer.from(bytes)
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => parseCardLink(pureSuite, `posthorn:${altered.toString('base64url')}`)).toThrow(FormatError)
      }),
      { numRuns: 60 },
    )
  })

  it('are refused when cut, grown or made of rubbish', () => {
    for (const text of [
      link.slice(0, -4),
      `${link}AAAA`,
      'posthorn:',
      'posthorn:AAAA',
      `posthorn:${'A'.repeat(9000)}`,
    ]) {
      expect(() => parseCardLink(pureSuite, text)).toThrow(FormatError)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const text = `posthorn:${Buffer.from(bytes).toString('base64url')}`
        expect(() => parseCardLink(pureSuite, text)).toThrow(FormatError)
      }),
    )
  })
})
