import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mthHasher } from './mth.ts'
import { pureSuite } from './pure.ts'
import type { Suite } from './suite.ts'
import { content } from './testkit.ts'

const { hashes }: { hashes: { size: number; hash: string }[] } = JSON.parse(
  readFileSync(new URL('../vectors/mth.json', import.meta.url), 'utf8'),
)

/** A stand-in for BLAKE3, so that shapes of large trees are quick to compare: it writes down what it is given. */
const countingSuite: Suite = {
  ...pureSuite,
  blake3Keyed: (key, data) => {
    let sum = key[0] ?? 0
    for (let i = 0; i < data.length; i += data.length > 64 ? 997 : 1) sum = (sum * 33 + (data[i] ?? 0)) % 0xffff_fffb
    const hash = new Uint8Array(32)
    new DataView(hash.buffer).setUint32(0, sum)
    return hash
  },
}

describe('MTH', () => {
  it.each(hashes)('of $size bytes is what nncp-hash says', ({ size, hash }) => {
    const hasher = mthHasher(pureSuite)
    hasher.update(content(size))
    expect(Buffer.from(hasher.digest()).toString('hex')).toBe(hash)
  })

  it('does not depend on how the bytes are cut', () => {
    const data = content(5 * 131_072 + 77)
    const whole = mthHasher(countingSuite)
    whole.update(data)
    const cuts = fc.array(fc.oneof(fc.nat(300_000), fc.constantFrom(0, 1, 131_071, 131_072, 131_073)), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(cuts, sizes => {
        const hasher = mthHasher(countingSuite)
        let offset = 0
        for (const size of [...sizes, data.length]) {
          hasher.update(data.subarray(offset, offset + size))
          offset += size
        }
        expect(hasher.digest()).toEqual(whole.digest())
      }),
      { numRuns: 60 },
    )
  })

  it('keeps no reference to what it is given', () => {
    const [scratch, steady] = [mthHasher(pureSuite), mthHasher(pureSuite)]
    const buffer = new Uint8Array(1000)
    for (const value of [1, 2, 3]) {
      scratch.update(buffer.fill(value))
      steady.update(new Uint8Array(1000).fill(value))
    }
    buffer.fill(9)
    expect(scratch.digest()).toEqual(steady.digest())
  })

  it('ends with the digest, which may be asked for again', () => {
    const hasher = mthHasher(pureSuite)
    const digest = hasher.digest()
    expect(digest).toHaveLength(32)
    digest.fill(0)
    expect(hasher.digest()).not.toEqual(digest)
    expect(() => hasher.update(new Uint8Array(1))).toThrow()
  })
})
