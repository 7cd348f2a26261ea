import { randomBytes } from 'node:crypto'
import { FormatError, generateArea } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaRelayLink, areaSecretLink, findAreaLinks, parseAreaLink } from './area-link.ts'

const area = generateArea(suite, sizeBytes => Uint8Array.from(randomBytes(sizeBytes)))
const secret = areaSecretLink(suite, 'news', area.privateKey)
const relay = areaRelayLink(suite, { keys: area, name: 'news' })

function refusal(text: string): string | undefined {
  try {
    parseAreaLink(suite, text)
    return undefined
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    if (text.length > 60) expect(error.message).not.toContain(text.slice(20, 40))
    return error.code
  }
}

describe('a link of an area', () => {
  it('with the secret brings all keys; the other one brings none', () => {
    expect(parseAreaLink(suite, secret)).toEqual({ name: 'news', keys: area })
    const passing = { id: area.id, publicKey: null, privateKey: null }
    expect(parseAreaLink(suite, relay)).toEqual({ name: 'news', keys: passing })
    for (const key of [area.privateKey, area.publicKey]) {
      const bytes = Buffer.from(relay.slice('posthorn-area:'.length), 'base64url')
      expect(bytes.includes(Buffer.from(key))).toBe(false)
    }
  })

  it('is found among remarks', () => {
    expect(findAreaLinks(`# the area news\n${secret}\n${relay},`)).toEqual([secret, relay])
    expect(findAreaLinks('posthorn:abc')).toEqual([])
  })

  it('that was cut, altered or made up is refused, and never shown', () => {
    fc.assert(
      fc.property(fc.constantFrom(secret, relay), fc.nat(), fc.constantFrom('A', 'b', '-', ' '), (link, at, letter) => {
        const spot = at % link.length
        const altered = link.slice(0, spot) + letter + link.slice(spot + 1)
        if (altered !== link) expect(refusal(altered)).toBeTypeOf('string')
        expect(refusal(link.slice(0, spot))).toBeTypeOf('string')
        expect(refusal(link + letter)).toBeTypeOf('string')
      }),
      { numRuns: 200 },
    )
    fc.assert(
      fc.property(fc.string(), text => {
        expect(refusal(`posthorn-area:${text}`)).toBeTypeOf('string')
      }),
    )
    expect(refusal('x'.repeat(2000))).toBe('too-large')
  })

  it.each(['', 'UPPER', '../x', 'a b', '.hidden', '\u001b[2J'])('with the name "%s" is refused', name => {
    expect(refusal(areaSecretLink(suite, name, area.privateKey))).toBe('bad-identity')
  })
})
