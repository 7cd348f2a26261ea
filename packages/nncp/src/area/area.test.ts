import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { type PrivateIdentityText, parsePrivateIdentity } from '../identity.ts'
import type { NodeId } from '../ids.ts'
import { encryptedHeaderBytes } from '../packet/encrypted.ts'
import { openPacket } from '../packet/open.ts'
import { parseExecPath, parseNodePath, parseTextPath, textPath } from '../packet/path.ts'
import { plainPacket } from '../packet/plain.ts'
import { pureSuite as suite } from '../pure.ts'
import { alice, bob, carol, collect, content, refusal, seededRandom, streamOf } from '../testkit.ts'
import {
  type AreaKeys,
  type AreaText,
  areaOfPrivateKey,
  areaPacket,
  formatArea,
  generateArea,
  isPrivateArea,
  openAreaMessage,
  type PrivateArea,
  parseArea,
  readAreaMessage,
  sealAreaMessage,
} from './index.ts'

const area = generateArea(suite, seededRandom('news'))
const other = generateArea(suite, seededRandom('other'))
const knowsAlice = (id: NodeId) => (id === alice.id ? alice : undefined)

function message(bodyBytes: number, to: PrivateArea = area): AsyncIterable<Uint8Array> {
  const payload = plainPacket({ type: 'file', niceness: 1, path: textPath('f') }, [content(bodyBytes)])
  return sealAreaMessage({ suite, random: seededRandom('message'), author: alice, area: to, niceness: 96, payload })
}

function open(source: AsyncIterable<Uint8Array>, authorOf: (id: NodeId) => typeof alice | undefined = knowsAlice) {
  return openAreaMessage({ suite, area, authorOf, source })
}

/** The size of what is in it, or the code of the refusal. */
async function fate(bytes: Uint8Array, authorOf = knowsAlice): Promise<number | string> {
  try {
    const opened = await open(streamOf(bytes, 997), authorOf)
    return (await collect(opened.body)).length
  } catch (error) {
    if (error instanceof FormatError) return error.code
    throw error
  }
}

interface Vector {
  readonly name: string
  readonly hash: string
  readonly type: string
  readonly niceness: number
  readonly plainNiceness: number
  readonly path?: string
  readonly handle?: string
  readonly args?: readonly string[]
  readonly content: number
  readonly packet: string
}

describe('messages that NNCP made', () => {
  const vectors: { author: PrivateIdentityText; area: AreaText; messages: Vector[] } = JSON.parse(
    readFileSync(new URL('../../vectors/areas.json', import.meta.url), 'utf8'),
  )
  const author = parsePrivateIdentity(suite, { ...vectors.author })
  const theirs = parseArea(suite, { ...vectors.area })

  it('come with keys that belong together', () => {
    expect(formatArea(theirs)).toEqual(vectors.area)
    expect(isPrivateArea(theirs)).toBe(true)
  })

  it.each(vectors.messages.map(vector => [vector.name, vector] as const))('%s', async (_, vector) => {
    if (!isPrivateArea(theirs)) expect.unreachable()
    // NNCP sends them to itself first.
    const source = streamOf(Buffer.from(vector.packet, 'base64'), 100)
    const outer = await openPacket({ suite, recipient: author, senderOf: () => author, source })
    expect(outer.header).toMatchObject({ niceness: vector.niceness, sender: author.id })
    expect(outer.plain).toMatchObject({ type: 'area', niceness: 0 })
    expect(parseNodePath(outer.plain.path)).toBe(theirs.id)
    const bytes = await collect(outer.body)

    const head = readAreaMessage(suite, theirs.id, bytes)
    expect(head.id).toBe(vector.hash)
    expect(head.header).toMatchObject({ niceness: vector.niceness, sender: author.id, recipient: theirs.id })
    const opened = await openAreaMessage({ suite, area: theirs, authorOf: () => author, source: streamOf(bytes, 64) })
    expect(opened.proven).toBe(true)
    expect(opened.plain).toMatchObject({ type: vector.type, niceness: vector.plainNiceness })
    if (vector.path !== undefined) expect(parseTextPath(opened.plain.path)).toBe(vector.path)
    const { handle, args } = vector
    if (handle !== undefined) expect(parseExecPath(opened.plain.path)).toEqual({ handle, args })
    expect(await collect(opened.body)).toEqual(content(vector.content))
  })
})

describe('keys of an area', () => {
  it('are made from 32 random bytes, and the id is the hash of the public one', () => {
    expect(generateArea(suite, () => area.privateKey)).toEqual(area)
    expect(parseArea(suite, { id: area.id })).toEqual({ id: area.id, publicKey: null, privateKey: null })
    expect(refusal(() => areaOfPrivateKey(suite, new Uint8Array(31)))).toBe('bad-key')
  })

  it('come back as they were written, whichever of them there are', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const kinds = fc.constantFrom('all', 'public', 'id')
    fc.assert(
      fc.property(key, kinds, (bytes, kind) => {
        const whole = areaOfPrivateKey(suite, bytes)
        const keys: AreaKeys = {
          id: whole.id,
          publicKey: kind === 'id' ? null : whole.publicKey,
          privateKey: kind === 'all' ? whole.privateKey : null,
        }
        expect(parseArea(suite, { ...formatArea(keys), subs: ['x'] })).toEqual(keys)
        expect(isPrivateArea(keys)).toBe(kind === 'all')
      }),
      { numRuns: 20 },
    )
  })

  it('get their public part from the secret one', () => {
    const { id, prv } = formatArea(area)
    expect(parseArea(suite, { id, prv })).toEqual(area)
  })

  it.each([
    ['no id', {}, 'bad-base32'],
    ['an id of another kind', { id: 7 }, 'bad-base32'],
    ['an id in small letters', { id: area.id.toLowerCase() }, 'bad-base32'],
    ['a short key', { ...formatArea(area), prv: 'MY' }, 'bad-base32'],
    ['the id of another area', { ...formatArea(area), id: other.id }, 'bad-identity'],
    ['the public key of another area', { ...formatArea(area), pub: formatArea(other).pub }, 'bad-identity'],
    ['the secret of another area', { ...formatArea(area), prv: formatArea(other).prv }, 'bad-identity'],
    ['members it inherits', Object.create(formatArea(area)) as Record<string, unknown>, 'bad-base32'],
  ])('with %s are refused', (_, record, code) => {
    expect(refusal(() => parseArea(suite, record))).toBe(code)
  })
})

describe('a message', () => {
  it('is opened by whoever has the keys, and goes from node to node as it is', async () => {
    const bytes = await collect(message(300_000))
    const plain = await collect(areaPacket(area.id, streamOf(bytes)))
    expect(plain.length).toBe(276 + bytes.length)
    expect(Buffer.compare(plain.subarray(276), bytes)).toBe(0)
    const opened = await open(streamOf(bytes, 5000))
    expect(opened).toMatchObject({ proven: true, header: { sender: alice.id, recipient: area.id, niceness: 96 } })
    expect(Buffer.compare(await collect(opened.body), content(300_000))).toBe(0)
  })

  it('has a name that hangs on all of its header and nothing else', async () => {
    const bytes = await collect(message(10))
    const { id } = readAreaMessage(suite, area.id, bytes)
    expect(readAreaMessage(suite, area.id, bytes.subarray(0, encryptedHeaderBytes)).id).toBe(id)
    for (const at of [12, 80, 110, encryptedHeaderBytes - 1]) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      if (at < 44 || at >= 76) expect(readAreaMessage(suite, area.id, changed).id).not.toBe(id)
    }
  })

  it('of an author who is not known is opened, and said to be unproven', async () => {
    const opened = await open(message(10), () => undefined)
    expect(opened.proven).toBe(false)
    expect(await collect(opened.body)).toEqual(content(10))
  })

  it('that claims a known author who did not sign it is refused', async () => {
    expect(await fate(await collect(message(10)), id => (id === alice.id ? { ...bob, id } : undefined))).toBe(
      'bad-signature',
    )
  })

  it('for another area is refused, and opens with no other key', async () => {
    const bytes = await collect(message(10, other))
    expect(refusal(() => readAreaMessage(suite, area.id, bytes))).toBe('not-for-us')
    expect(await fate(bytes)).toBe('not-for-us')
    const stolen = { ...other, id: area.id }
    expect(await fate(await collect(message(10, stolen)))).toBe('bad-block')
  })

  it('altered, cut or grown never ends well, be its author known or not', async () => {
    const bytes = await collect(message(700))
    const authors = fc.constantFrom(knowsAlice, () => undefined)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), authors, async (at, bit, authorOf) => {
        const changed = bytes.slice()
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)
        const authorKnown = authorOf(alice.id) !== undefined
        // A signature that nobody can verify may be anything.
        if (authorKnown || at < 108 || at >= encryptedHeaderBytes) {
          expect(await fate(changed, authorOf)).toBeTypeOf('string')
        }
        expect(await fate(bytes.subarray(0, at), authorOf)).toBeTypeOf('string')
        expect(await fate(joined([bytes, bytes.subarray(0, at + 1)]), authorOf)).toBeTypeOf('string')
      }),
      { numRuns: 100 },
    )
  })

  it('of random bytes is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
        expect(await fate(bytes)).toBeTypeOf('string')
        expect(refusal(() => readAreaMessage(suite, area.id, bytes))).toBeTypeOf('string')
      }),
      { numRuns: 50 },
    )
  })

  it('cannot be passed off as a packet for a node', async () => {
    const source = message(10)
    await expect(openPacket({ suite, recipient: carol, senderOf: () => alice, source })).rejects.toMatchObject({
      code: 'not-for-us',
    })
  })
})
