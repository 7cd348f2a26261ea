import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeBase32 } from './base32.ts'
import {
  formatPrivateIdentity,
  formatPublicIdentity,
  generateIdentity,
  nodeIdOf,
  type PrivateIdentityText,
  parsePrivateIdentity,
  parsePublicIdentity,
} from './identity.ts'
import { pureSuite } from './pure.ts'
import { alice, bob, refusal, seededRandom } from './testkit.ts'

const keys: { nodes: Record<string, PrivateIdentityText>; area: { id: string; pub: string } } = JSON.parse(
  readFileSync(new URL('../vectors/keys.json', import.meta.url), 'utf8'),
)

describe('an identity', () => {
  it.each(Object.entries(keys.nodes))('of nncp-cfgnew (%s) is read and written unchanged', (_, record) => {
    const identity = parsePrivateIdentity(pureSuite, { ...record })
    expect(formatPrivateIdentity(identity)).toEqual(record)
    const { id, exchpub, signpub, noisepub } = record
    expect(formatPublicIdentity(identity)).toEqual({ id, exchpub, signpub, noisepub })
    expect(parsePublicIdentity(pureSuite, { ...record, exec: {}, via: [] })).toEqual({
      id: identity.id,
      exchangeKey: identity.exchangeKey,
      signingKey: identity.signingKey,
      noiseKey: identity.noiseKey,
    })
  })

  it('of an area is named by its exchange key', () => {
    expect(nodeIdOf(pureSuite, decodeBase32(keys.area.pub) ?? new Uint8Array(0))).toBe(keys.area.id)
  })

  it('is made from 96 random bytes and survives its text form', () => {
    const drawn: number[] = []
    const random = seededRandom('fresh')
    const fresh = generateIdentity(pureSuite, sizeBytes => {
      drawn.push(sizeBytes)
      return random(sizeBytes)
    })
    expect(drawn).toEqual([32, 32, 32])
    expect(fresh.id).not.toBe(alice.id)
    expect(parsePrivateIdentity(pureSuite, { ...formatPrivateIdentity(fresh) })).toEqual(fresh)
  })

  it('may lack a noise key when it is a neighbour', () => {
    const text = formatPublicIdentity({ ...alice, noiseKey: null })
    expect(text).not.toHaveProperty('noisepub')
    expect(parsePublicIdentity(pureSuite, { ...text }).noiseKey).toBeNull()
    expect(parsePublicIdentity(pureSuite, { ...text, noisepub: null }).noiseKey).toBeNull()
  })
})

describe('an identity is refused', () => {
  const good = formatPrivateIdentity(alice)
  const other = formatPrivateIdentity(bob)

  it.each(['id', 'exchpub', 'signpub', 'noisepub', 'exchprv', 'signprv', 'noiseprv'] as const)('for a bad %s', name => {
    for (const value of ['', good[name].toLowerCase(), good[name].slice(1), `${good[name]}A`, 7, {}]) {
      expect(
        refusal(() => parsePrivateIdentity(pureSuite, { ...good, [name]: value })),
        JSON.stringify(value),
      ).toBe('bad-base32')
    }
    expect(refusal(() => parsePrivateIdentity(pureSuite, { ...good, [name]: other[name] }))).toBe('bad-identity')
  })

  it('for a missing member, also when a prototype has it', () => {
    expect(refusal(() => parsePublicIdentity(pureSuite, {}))).toBe('bad-base32')
    expect(refusal(() => parsePublicIdentity(pureSuite, Object.create(good)))).toBe('bad-base32')
  })

  it('as a node of its own without a noise key', () => {
    expect(refusal(() => parsePrivateIdentity(pureSuite, { ...good, noisepub: undefined }))).toBe('bad-identity')
  })

  it('without telling a secret', () => {
    try {
      parsePrivateIdentity(pureSuite, { ...good, exchprv: other.exchprv })
    } catch (error) {
      expect(String(error)).not.toContain(other.exchprv)
      expect(String(error)).toContain('exchpub')
      return
    }
    expect.unreachable()
  })
})
