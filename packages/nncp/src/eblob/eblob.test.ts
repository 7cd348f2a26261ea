import { describe, expect, it } from 'vitest'
import { pureSuite as suite } from '../pure.ts'
import { content, refusal, seededRandom } from '../testkit.ts'
import { isEblob, openEblob, sealEblob } from './index.ts'
import { eblobCost, hashesOf } from './limits.ts'

/** Made with Debian's nncp-cfgenc 8.8.2; each holds `hello`. */
const vectors = [
  {
    passphrase: 'secret',
    eblob:
      'Tk5DUEIAAAMAAAACAAAAAQAAAAFL5CmzLtXvW4oWBLQu8C/k0+dGKnFr/MwnPSedrtTskQAAABUVFdoiGbdy+fZfuTLWO5y+zkWRW9kAAAA=',
  },
  {
    passphrase: 'secret',
    eblob:
      'Tk5DUEIAAAMAAAAhAAAAAwAAAANxn2Nt40VrPtqYZCAjD00nCzg5F9um0O5vdCVlUzywXAAAABU35TrWrX+aV+WhAcWqGBT/IO9+Ii4AAAA=',
  },
  {
    passphrase: 'лошадь battery',
    eblob:
      'Tk5DUEIAAAMAAABAAAAAAgAAAAI35FbZA33DyaaEFN3/UbPp7K6dRCVsCFLSTEFXvMaSvAAAABWg9/FbhmHsMBd+dqe8qdpXkr/yJ9wAAAA=',
  },
]
const bytesOf = (text: string) => new TextEncoder().encode(text)
const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const cheap = { spaceBlocks: 3, rounds: 2, jobs: 2 }
const passphrase = bytesOf('correct horse')

async function code(attempt: Promise<unknown>): Promise<string | undefined> {
  const settled = await attempt.then(
    () => () => undefined,
    error => () => {
      throw error
    },
  )
  return refusal(settled)
}

describe('eblobs', () => {
  it.each(vectors)('opens what nncp-cfgenc sealed with "$passphrase"', async vector => {
    const bytes = fromBase64(vector.eblob)
    const opened = await openEblob({ suite, bytes, passphrase: bytesOf(vector.passphrase) })
    expect(Buffer.from(opened ?? []).toString()).toBe('hello')
    expect(await openEblob({ suite, bytes, passphrase: bytesOf(`${vector.passphrase} `) })).toBeUndefined()
  })

  it('opens what it sealed, of any length, and a changed one with no passphrase', async () => {
    for (const sizeBytes of [0, 1, 4, 1000]) {
      const random = seededRandom(`eblob ${sizeBytes}`)
      const bytes = await sealEblob({ suite, random, content: content(sizeBytes), passphrase, cost: cheap })
      expect(isEblob(bytes)).toBe(true)
      expect(await openEblob({ suite, bytes, passphrase })).toEqual(content(sizeBytes))
      const changed = bytes.slice()
      changed[60] = (changed[60] ?? 0) ^ 1
      const cheaper = bytes.slice()
      cheaper[15] = 1
      expect(await openEblob({ suite, bytes: changed, passphrase })).toBeUndefined()
      expect(await openEblob({ suite, bytes: cheaper, passphrase })).toBeUndefined()
    }
  })

  it('tells how far it is', async () => {
    const shares: number[] = []
    const pause = async (share: number) => void shares.push(share)
    const cost = { spaceBlocks: 3000, rounds: 1, jobs: 2 }
    await sealEblob({ suite, random: seededRandom('pause'), content: content(3), passphrase, cost, pause })
    expect(shares.length).toBeGreaterThan(2)
    expect(shares).toEqual([...shares].sort((one, other) => one - other))
    expect(shares.at(-1)).toBeLessThanOrEqual(1)
  })

  it('refuses a hostile cost before it spends anything', async () => {
    const bytes = await sealEblob({ suite, random: seededRandom('cost'), content: content(9), passphrase, cost: cheap })
    const withCost = (at: number, value: number) => {
      const copy = bytes.slice()
      new DataView(copy.buffer).setUint32(at, value)
      return copy
    }
    const never = { ...suite, blake2b256: () => expect.unreachable('a hash was made') }
    for (const at of [8, 12, 16]) {
      expect(await code(openEblob({ suite: never, bytes: withCost(at, 0xffff_ffff), passphrase }))).toBe('too-large')
      expect(await code(openEblob({ suite: never, bytes: withCost(at, 0), passphrase }))).toBe('bad-size')
    }
    expect(hashesOf(eblobCost)).toBe(7_405_568)
  })

  it('refuses what is no eblob of this version, is cut, or goes on', async () => {
    const bytes = await sealEblob({ suite, random: seededRandom('cut'), content: content(9), passphrase, cost: cheap })
    expect(isEblob(bytesOf('spool: /var'))).toBe(false)
    expect(await code(openEblob({ suite, bytes: bytesOf('spool: /var'), passphrase }))).toBe('bad-magic')
    expect(await code(openEblob({ suite, bytes: bytes.with(7, 2), passphrase }))).toBe('bad-version')
    for (let length = 8; length < bytes.length; length += 1) {
      expect(await code(openEblob({ suite, bytes: bytes.slice(0, length), passphrase }))).toBe('truncated')
    }
    expect(await code(openEblob({ suite, bytes: Uint8Array.of(...bytes, 0), passphrase }))).toBe('trailing-bytes')
    const huge = bytes.slice()
    new DataView(huge.buffer).setUint32(52, 0xffff_fff0)
    expect(await code(openEblob({ suite, bytes: huge, passphrase }))).toBe('bad-xdr')
  })
})
