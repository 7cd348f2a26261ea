import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { pureSuite } from '../pure.ts'
import { alice, bob, collect, content, seededRandom, streamOf } from '../testkit.ts'
import { XdrWriter } from '../xdr.ts'
import { blockBytes, derivePacketKeys, nonceOf } from './blocks.ts'
import { encodeEncryptedHeader, encodeUnsignedHeader } from './encrypted.ts'
import { openPacket } from './open.ts'
import { textPath } from './path.ts'
import { encodePlainHeader, plainPacket } from './plain.ts'
import { sealPacket } from './seal.ts'

const suite = pureSuite

/** What becomes of a packet: its body's size, or the code of the refusal. Any other error fails the test. */
async function fate(packet: Uint8Array, chunkBytes = packet.length): Promise<number | string> {
  try {
    const source = streamOf(packet, chunkBytes)
    const opened = await openPacket({ suite, recipient: bob, senderOf: () => alice, source })
    return (await collect(opened.body)).length
  } catch (error) {
    if (error instanceof FormatError) return error.code
    throw error
  }
}

function sealed(bodyBytes: number, minimumSizeBytes = 0): Promise<Uint8Array> {
  const payload = plainPacket({ type: 'file', niceness: 1, path: textPath('f') }, [content(bodyBytes)])
  const random = seededRandom(`hostile ${bodyBytes}`)
  return collect(sealPacket({ suite, random, sender: alice, recipient: bob, niceness: 1, payload, minimumSizeBytes }))
}

describe('an altered packet never ends well', () => {
  // Small; padded inside its block; padded outside its blocks.
  const packets = [sealed(40), sealed(40, 2000), sealed(40, blockBytes + 1500)]
  const which = fc.nat(packets.length - 1)
  const packetOf = async (index: number) => (await packets[index]) ?? new Uint8Array(0)

  it('as a whole it does', async () => {
    for (const packet of packets) expect(await fate(await packet)).toBe(40)
  })

  it('with a bit flipped', async () => {
    await fc.assert(
      fc.asyncProperty(which, fc.nat(), fc.nat(7), fc.boolean(), async (index, spot, bit, early) => {
        const packet = (await packetOf(index)).slice()
        const offset = (spot % (early ? 600 : packet.length)) % packet.length
        packet[offset] = (packet[offset] ?? 0) ^ (1 << bit)
        expect(await fate(packet)).toBeTypeOf('string')
      }),
      { numRuns: 150 },
    )
  })

  it('cut', async () => {
    await fc.assert(
      fc.asyncProperty(which, fc.nat(), fc.boolean(), async (index, spot, early) => {
        const packet = await packetOf(index)
        const size = early ? spot % Math.min(packet.length, 600) : packet.length - 1 - ((spot % 1600) % packet.length)
        expect(await fate(packet.subarray(0, size), 4096)).toBeTypeOf('string')
      }),
      { numRuns: 80 },
    )
  })

  it('grown', async () => {
    const growth = fc.uint8Array({ minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(which, growth, fc.nat(), async (index, more, spot) => {
        const packet = await packetOf(index)
        expect(await fate(joined([packet, more]))).toBeTypeOf('string')
        const at = spot % packet.length
        const inserted = joined([packet.subarray(0, at), more, packet.subarray(at)])
        expect(await fate(inserted)).toBeTypeOf('string')
      }),
      { numRuns: 40 },
    )
  })

  it('made of random bytes, with or without a real beginning', async () => {
    const start = fc.constantFrom(0, 8, 108, 172, 200)
    await fc.assert(
      fc.asyncProperty(which, start, fc.uint8Array({ maxLength: 700 }), async (index, kept, noise) => {
        const packet = joined([(await packetOf(index)).subarray(0, kept), noise])
        expect(await fate(packet, 97)).toBeTypeOf('string')
      }),
      { numRuns: 80 },
    )
  })

  it('with blocks swapped, left out or doubled', async () => {
    const packet = await sealed(3 * blockBytes)
    const whole = blockBytes + 16
    const block = (index: number) => packet.subarray(172 + index * whole, 172 + (index + 1) * whole)
    const rebuilt = (...order: number[]) => fate(joined([packet.subarray(0, 172), ...order.map(block)]))
    expect(await rebuilt(0, 1, 2, 3)).toBe(3 * blockBytes)
    expect(await rebuilt(0, 2, 1, 3)).toBe('bad-block')
    expect(await rebuilt(0, 1, 3)).toBe('bad-block')
    expect(await rebuilt(0, 1, 2, 2, 3)).toBe('bad-block')
    expect(await rebuilt(0, 1, 2)).toBe('truncated')
    expect(await rebuilt(0, 1, 2, 3, 3)).toBe('bad-block')
    expect(await rebuilt()).toBe('truncated')
  })
})

/** A block as a lying sender would seal it: key and plaintext are free. */
type Forged = readonly ['full' | 'size', ...Uint8Array[]]

/** A packet truly signed and sealed by alice, with any blocks, and padding that starts rightly. */
function forged(blocks: readonly Forged[], outerBytes = 0): Uint8Array {
  const ephemeral = content(32)
  const fields = { niceness: 1, sender: alice.id, recipient: bob.id, exchangeKey: suite.x25519PublicKey(ephemeral) }
  const unsigned = encodeUnsignedHeader(fields)
  const header = encodeEncryptedHeader({ ...fields, signature: suite.ed25519Sign(alice.signingSeed, unsigned) })
  const keys = derivePacketKeys(suite, ephemeral, bob.exchangeKey)
  const sealedBlocks = blocks.map(([key, ...parts], number) =>
    suite.aeadSeal(keys[key], nonceOf(number), suite.blake3(unsigned), joined(parts)),
  )
  return joined([header, ...sealedBlocks, suite.blake3Xof(keys.padding)(outerBytes)])
}

describe('a sender that lies', () => {
  const plain = encodePlainHeader({ type: 'file', niceness: 1, path: textPath('f') })
  const payload = joined([plain, content(5)])
  const n = payload.length
  const room = blockBytes - 16 - n
  const size = (payloadBytes: number | bigint, padBytes: number | bigint) =>
    new XdrWriter().u64(payloadBytes).u64(padBytes).bytes()
  const zeros = (sizeBytes: number) => new Uint8Array(sizeBytes)
  const filled = joined([payload, zeros(room)])
  const block = joined([plain, content(blockBytes - plain.length)])

  it.each<[string, number | string, readonly Forged[], number?]>([
    ['is opened when it does not lie', 5, [['size', size(n, 0), payload]]],
    [
      'may tell the size before the last block',
      blockBytes - 276 + 30_000,
      [
        ['size', size(blockBytes + 30_000, 0), block.subarray(0, blockBytes - 16)],
        ['full', content(30_016)],
      ],
    ],
    [
      'may tell the size first of all',
      3 * blockBytes - 276,
      [
        ['size', size(3 * blockBytes, 0), block.subarray(0, blockBytes - 16)],
        ['full', content(blockBytes)],
        ['full', content(blockBytes)],
        ['full', content(16)],
      ],
    ],
    ['about more payload', 'truncated', [['size', size(n + 1, 0), payload]]],
    ['about less payload', 'bad-size', [['size', size(n - 1, 0), payload]]],
    [
      'about less payload than has passed',
      'bad-size',
      [
        ['full', block],
        ['size', size(blockBytes - 1, 0)],
      ],
    ],
    ['about payload of 2^64 - 1', 'bad-size', [['size', size(2n ** 64n - 1n, 0), payload]]],
    ['about padding of 2^64 - 1', 'bad-size', [['size', size(n, 2n ** 64n - 1n), payload]]],
    ['about payload of 2^53 - 1', 'truncated', [['size', size(2n ** 53n - 1n, 0), block.subarray(0, blockBytes - 16)]]],
    ['about padding of 2^53 - 1', 'truncated', [['size', size(n, 2n ** 53n - 1n), filled]]],
    ['about padding that is not there', 'bad-size', [['size', size(n, 7), payload]]],
    ['about padding that is there', 'bad-size', [['size', size(n, 6), payload, zeros(7)]]],
    ['with padding that is not zero', 'bad-padding', [['size', size(n, 7), payload, content(7)]]],
    ['with padding outside before the block is full', 'bad-block', [['size', size(n, 20), payload, zeros(10)]], 10],
    ['with too little padding outside', 'truncated', [['size', size(n, room + 10), filled]], 9],
    ['with too much padding outside', 'trailing-bytes', [['size', size(n, room + 10), filled]], 11],
    ['with no padding outside', 'truncated', [['size', size(n, room + 10), filled]]],
    ['with padding outside that nobody announced', 'trailing-bytes', [['size', size(n, room), filled]], 10],
    [
      'with a block behind the end',
      'trailing-bytes',
      [
        ['size', size(n, room), filled],
        ['full', content(9)],
      ],
    ],
    [
      'with a second size',
      'trailing-bytes',
      [
        ['size', size(n, room), filled],
        ['size', size(n, 0)],
      ],
    ],
    [
      'with a second size where payload should be',
      'bad-block',
      [
        ['size', size(blockBytes, 0), block.subarray(0, blockBytes - 16)],
        ['size', content(16)],
      ],
    ],
    ['with no size', 'bad-size', [['full', payload]]],
    ['with no size behind whole blocks', 'truncated', [['full', block]]],
    ['with half a size', 'truncated', [['size', content(15)]]],
    [
      'with a short block before the size',
      'bad-block',
      [
        ['full', payload],
        ['size', size(n, 0)],
      ],
    ],
    ['with nothing at all', 'truncated', []],
    ['with an empty payload', 'truncated', [['size', size(0, 0)]]],
    ['with less than a header', 'truncated', [['size', size(100, 0), payload.subarray(0, 100)]]],
    ['with a plain header of another version', 'bad-version', [['size', size(n, 0), joined([payload]).fill(2, 7, 8)]]],
  ])('%s: %s', async (_, outcome, blocks, outerBytes) => {
    expect(await fate(forged(blocks, outerBytes), 50_000)).toBe(outcome)
  })

  it('with padding outside of its own making', async () => {
    const packet = forged([['size', size(n, room + 1000), filled]], 1000)
    expect(await fate(packet)).toBe(5)
    expect(await fate(packet.fill(0, -1))).toBe('bad-padding')
    expect(await fate(packet.fill(0, -1000))).toBe('bad-padding')
  })
})
