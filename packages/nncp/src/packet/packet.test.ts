import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { pureSuite } from '../pure.ts'
import { alice, bob, carol, collect, content, refusal, seededRandom, streamOf } from '../testkit.ts'
import { blockBytes } from './blocks.ts'
import { encodeEncryptedHeader, encryptedHeaderBytes, readEncryptedHeader, verifyEncryptedHeader } from './encrypted.ts'
import { type OpenOptions, openPacket } from './open.ts'
import { parseTextPath, textPath } from './path.ts'
import { plainHeaderBytes, plainPacket } from './plain.ts'
import { type SealOptions, sealedSizeBytes, sealPacket } from './seal.ts'

const suite = pureSuite
const plain = { type: 'file', niceness: 200, path: textPath('name') } as const

function sealing(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, more: Partial<SealOptions> = {}): SealOptions {
  const random = seededRandom('packet')
  return { suite, random, sender: alice, recipient: bob, niceness: 224, payload: plainPacket(plain, body), ...more }
}

function opening(source: AsyncIterable<Uint8Array>, more: Partial<OpenOptions> = {}): OpenOptions {
  return { suite, recipient: bob, senderOf: id => (id === alice.id ? alice : undefined), source, ...more }
}

/** Sizes of the whole plain packet around every boundary there is. */
const payloadSizes = [0, 1, 2].flatMap(blocks => [-17, -16, -15, -1, 0, 1].map(more => blocks * blockBytes + more))
const sizes = [plainHeaderBytes, plainHeaderBytes + 1, ...payloadSizes.filter(size => size > plainHeaderBytes)]

describe('a sealed packet', () => {
  it.each(sizes.flatMap(size => [0, 1024, blockBytes + 1024, 3 * blockBytes].map(minimum => ({ size, minimum }))))(
    'of $size bytes in at least $minimum opens to what went in',
    async ({ size, minimum }) => {
      const body = content(size - plainHeaderBytes)
      const sealed = await collect(sealPacket(sealing(streamOf(body, 50_000), { minimumSizeBytes: minimum })))
      expect(sealed).toHaveLength(sealedSizeBytes(size, minimum))
      expect(sealed.length).toBeGreaterThanOrEqual(minimum)

      const opened = await openPacket(opening(streamOf(sealed, 65_536)))
      expect(opened.plain).toEqual(plain)
      expect(opened.header).toMatchObject({ niceness: 224, sender: alice.id, recipient: bob.id })
      expect(Buffer.compare(await collect(opened.body), body)).toBe(0)
    },
  )

  it('does not depend on how its bytes come', async () => {
    const body = content(blockBytes + 1000)
    const reference = await collect(sealPacket(sealing(streamOf(body))))
    for (const chunkBytes of [1013, blockBytes, body.length]) {
      const sealed = await collect(sealPacket(sealing(streamOf(body, chunkBytes))))
      expect(Buffer.compare(sealed, reference)).toBe(0)
      const opened = await openPacket(opening(streamOf(sealed, chunkBytes)))
      expect(Buffer.compare(await collect(opened.body), body)).toBe(0)
    }
    const small = await collect(sealPacket(sealing([content(30)])))
    expect(await collect((await openPacket(opening(streamOf(small, 1)))).body)).toEqual(content(30))
  })

  it('survives sources that use one buffer for all their chunks', async () => {
    const body = content(blockBytes + 5000)
    async function* reusing(bytes: Uint8Array, chunkBytes: number) {
      const buffer = new Uint8Array(chunkBytes)
      for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
        const piece = bytes.subarray(offset, offset + chunkBytes)
        buffer.set(piece)
        yield buffer.subarray(0, piece.length)
        buffer.fill(0xee)
      }
    }
    const sealed = await collect(sealPacket(sealing(reusing(body, 7000))))
    const opened = await openPacket(opening(reusing(sealed, 7000)))
    expect(Buffer.compare(await collect(opened.body), body)).toBe(0)
  })

  it('lends its chunks out of one block of memory when that is asked for', async () => {
    const body = content(4 * blockBytes + 5000)
    const memory = new Set<ArrayBufferLike>()
    const pieces: Uint8Array[] = []
    for await (const chunk of sealPacket(sealing(streamOf(body), { lent: true }))) {
      pieces.push(Uint8Array.from(chunk))
      if (chunk.length > blockBytes) memory.add(chunk.buffer)
    }
    expect(memory.size).toBe(1)
    expect(Buffer.concat(pieces).equals(await collect(sealPacket(sealing(streamOf(body)))))).toBe(true)
    const kept: Uint8Array[] = []
    for await (const chunk of sealPacket(sealing(streamOf(body)))) kept.push(chunk)
    expect(Buffer.concat(kept).equals(Buffer.concat(pieces))).toBe(true)
  })

  it('has a header that outlives the bytes it was read from', async () => {
    const sealed = Buffer.from(await collect(sealPacket(sealing([content(10)]))))
    const header = readEncryptedHeader(sealed)
    sealed.fill(0xee)
    expect(verifyEncryptedHeader(suite, header, alice.signingKey)).toBe(true)
  })

  it('is different each time, and does not show its content', async () => {
    const random = seededRandom('one source')
    const [first, second] = [
      await collect(sealPacket(sealing([content(50)], { random }))),
      await collect(sealPacket(sealing([content(50)], { random }))),
    ]
    expect(Buffer.compare(first, second)).not.toBe(0)
    expect(Buffer.from(first).includes(Buffer.from('name'))).toBe(false)
  })

  it('holds a few blocks at a time, whatever its size', async () => {
    let produced = 0
    async function* endless() {
      const chunk = content(10_000)
      for (;;) {
        produced += chunk.length
        yield chunk
      }
    }
    let sealedBytes = 0
    async function* counted(stream: AsyncIterable<Uint8Array>) {
      for await (const chunk of stream) {
        sealedBytes += chunk.length
        yield chunk
      }
    }
    const opened = await openPacket(opening(counted(sealPacket(sealing(endless())))))
    let openedBytes = 0
    for await (const chunk of opened.body) {
      expect(chunk.length).toBeLessThanOrEqual(blockBytes)
      openedBytes += chunk.length
      expect(produced - openedBytes).toBeLessThan(3 * blockBytes)
      expect(sealedBytes - openedBytes).toBeLessThan(2 * blockBytes)
      if (openedBytes > 10 * blockBytes) break
    }
    expect(openedBytes).toBeGreaterThan(10 * blockBytes)
  })

  it('is not made with a niceness, padding or key that is none', async () => {
    const first = (more: Partial<SealOptions>) => sealPacket(sealing([], more)).next()
    await expect(first({ niceness: 0 })).rejects.toMatchObject({ code: 'bad-niceness' })
    await expect(first({ niceness: 256 })).rejects.toMatchObject({ code: 'bad-niceness' })
    const lowOrder = { id: bob.id, exchangeKey: new Uint8Array(32) }
    await expect(first({ recipient: lowOrder })).rejects.toMatchObject({ code: 'bad-key' })
    for (const minimumSizeBytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(first({ minimumSizeBytes })).rejects.toThrow(RangeError)
    }
  })

  it('tries each block twice at most', async () => {
    let attempts = 0
    const counting = {
      ...suite,
      aeadOpen: (...[key, nonce, associated, sealed]: Parameters<typeof suite.aeadOpen>) => {
        attempts += 1
        return suite.aeadOpen(key, nonce, associated, sealed)
      },
    }
    const sealed = await collect(sealPacket(sealing([content(3 * blockBytes)])))
    await collect((await openPacket(opening(streamOf(sealed), { suite: counting }))).body)
    expect(attempts).toBe(4)
  })
})

describe('opening', () => {
  const small = collect(sealPacket(sealing([content(40)])))

  it('asks who the sender is, and may wait for the answer', async () => {
    const asked: string[] = []
    const senderOf = async (id: string) => {
      asked.push(id)
      return alice
    }
    const opened = await openPacket(opening(streamOf(await small), { senderOf }))
    expect(asked).toEqual([alice.id])
    expect(parseTextPath(opened.plain.path)).toBe('name')
  })

  it.each<[string, Partial<OpenOptions>, string]>([
    ['a packet for somebody else', { recipient: carol }, 'not-for-us'],
    ['a packet from a stranger', { senderOf: () => undefined }, 'unknown-sender'],
    ['a packet that another one signed', { senderOf: () => carol }, 'bad-signature'],
    ['a packet sealed for other keys', { recipient: { ...carol, id: bob.id } }, 'bad-block'],
    ['a packet above the limit', { limits: { packetBytesMax: 400 } }, 'too-large'],
  ])('refuses %s', async (_, more, code) => {
    await expect(openPacket(opening(streamOf(await small, 100), more))).rejects.toMatchObject({ code })
  })

  it('refuses limits that are none', async () => {
    for (const packetBytesMax of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(openPacket(opening(streamOf(await small), { limits: { packetBytesMax } }))).rejects.toThrow(
        RangeError,
      )
    }
  })

  it('lets go of the source when it refuses, when it is given up, and never asks one that threw', async () => {
    // Large enough that a source is not at its end already when the first block is out.
    const packet = await collect(sealPacket(sealing([content(3 * blockBytes)])))
    const closings: string[] = []
    async function* watched(name: string) {
      try {
        yield* streamOf(packet, 50_000)
      } finally {
        closings.push(name)
      }
    }
    await expect(openPacket(opening(watched('refused'), { recipient: carol }))).rejects.toThrow()
    await (await openPacket(opening(watched('closed')))).close()
    for await (const _ of (await openPacket(opening(watched('left')))).body) break
    await collect((await openPacket(opening(watched('read')))).body)
    expect(closings).toEqual(['refused', 'closed', 'left', 'read'])

    let returned = false
    const failing = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error('stick is gone')),
        return: () => {
          returned = true
          return Promise.resolve({ done: true as const, value: undefined })
        },
      }),
    }
    await expect(openPacket(opening(failing))).rejects.toThrow('stick is gone')
    expect(returned).toBe(false)
  })
})

describe('the header of an encrypted packet', () => {
  it('can be read and verified without the recipient', async () => {
    const packet = await collect(sealPacket(sealing([])))
    const header = readEncryptedHeader(packet.subarray(0, encryptedHeaderBytes))
    expect(header).toMatchObject({ niceness: 224, sender: alice.id, recipient: bob.id })
    expect(encodeEncryptedHeader(header)).toEqual(packet.subarray(0, encryptedHeaderBytes))
    expect(verifyEncryptedHeader(suite, header, alice.signingKey)).toBe(true)
    expect(verifyEncryptedHeader(suite, header, bob.signingKey)).toBe(false)
    expect(verifyEncryptedHeader(suite, { ...header, niceness: 1 }, alice.signingKey)).toBe(false)
  })

  it('is refused when it is none', async () => {
    const packet = await collect(sealPacket(sealing([])))
    const altered = (offset: number, value: number) => {
      const copy = packet.slice(0, encryptedHeaderBytes)
      copy[offset] = value
      return refusal(() => readEncryptedHeader(copy))
    }
    expect(altered(0, 0)).toBe('bad-magic')
    expect(altered(4, 0x50)).toBe('bad-magic')
    expect(altered(5, 1)).toBe('bad-version')
    expect(altered(7, 5)).toBe('bad-version')
    expect(altered(11, 0)).toBe('bad-niceness')
    expect(altered(10, 1)).toBe('bad-niceness')
    for (const bytes of [new Uint8Array(0), packet.subarray(0, encryptedHeaderBytes - 1)]) {
      expect(refusal(() => readEncryptedHeader(bytes))).toBe('truncated')
    }
    expect(refusal(() => readEncryptedHeader(joined([packet, content(9)])))).toBeUndefined()
  })
})
