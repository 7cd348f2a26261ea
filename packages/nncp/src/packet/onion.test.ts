import { describe, expect, it } from 'vitest'
import type { PrivateIdentity } from '../identity.ts'
import { generateIdentity } from '../identity.ts'
import { onionRelaysMax } from '../limits.ts'
import { pureSuite } from '../pure.ts'
import { alice, bob, carol, collect, content, refusal, seededRandom, streamOf } from '../testkit.ts'
import { wrapOnion } from './onion.ts'
import { openPacket } from './open.ts'
import { parseNodePath, textPath } from './path.ts'
import { plainPacket } from './plain.ts'
import { sealPacket } from './seal.ts'

const suite = pureSuite
const dora = generateIdentity(suite, seededRandom('dora'))

function letter(bodyBytes: number): AsyncIterable<Uint8Array> {
  const payload = plainPacket({ type: 'file', niceness: 1, path: textPath('f') }, [content(bodyBytes)])
  return sealPacket({ suite, random: seededRandom('letter'), sender: alice, recipient: bob, niceness: 96, payload })
}

function onion(relays: readonly PrivateIdentity[], packet: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const random = seededRandom('onion')
  return wrapOnion({ suite, random, sender: alice, relays, destination: bob.id, niceness: 96, packet })
}

function open(recipient: PrivateIdentity, source: AsyncIterable<Uint8Array>) {
  return openPacket({ suite, recipient, senderOf: id => (id === alice.id ? alice : undefined), source })
}

describe('an onion', () => {
  it('is peeled by its relays in the order of travel, each as a stream', async () => {
    const atCarol = await open(carol, onion([carol, dora], letter(200_000)))
    expect(atCarol.header.niceness).toBe(96)
    expect(atCarol.plain).toMatchObject({ type: 'trns', niceness: 0 })
    expect(parseNodePath(atCarol.plain.path)).toBe(dora.id)
    const atDora = await open(dora, atCarol.body)
    expect(parseNodePath(atDora.plain.path)).toBe(bob.id)
    const atBob = await open(bob, atDora.body)
    expect(atBob.plain.type).toBe('file')
    expect(Buffer.compare(await collect(atBob.body), content(200_000))).toBe(0)
  })

  it('leaves the packet inside as it is', async () => {
    const packet = await collect(letter(300))
    expect(await collect((await open(carol, onion([carol], streamOf(packet)))).body)).toEqual(packet)
    expect(await collect(onion([], streamOf(packet)))).toEqual(packet)
  })

  it('opens for nobody but the next stop', async () => {
    const packet = await collect(onion([carol, dora], letter(10)))
    for (const other of [dora, bob]) {
      await expect(open(other, streamOf(packet))).rejects.toMatchObject({ code: 'not-for-us' })
    }
  })

  it('has a limit of relays', () => {
    const relays = Array.from({ length: onionRelaysMax + 1 }, () => carol)
    expect(refusal(() => onion(relays, letter(1)))).toBe('too-many-relays')
    expect(refusal(() => onion(relays.slice(1), letter(1)))).toBeUndefined()
  })
})
