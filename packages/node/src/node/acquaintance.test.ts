import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, type PrivateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../base/log.ts'
import { cardLink } from '../stores/directory/card.ts'
import { acquaintByPairing } from './acquaintance.ts'
import { type Node, openNode } from './assemble.ts'
import { homeAt } from './home.ts'
import { initNode } from './init.ts'

let folder: string
let node: Node

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-acquaintance-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

const identityOf = (seed: number) => generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(seed))
const other = identityOf(7)
const cardOf = (identity: PrivateIdentity, changes: { domains?: string[]; addresses?: string[] } = {}) =>
  cardLink(pureSuite, identity, {
    ...{ name: 'other', domains: [], addresses: [], acknowledges: true, issuedAt: 1 },
    ...changes,
  })
const met = (card: string, name: string | null = null) =>
  acquaintByPairing(node, { card, name, met: ['tcp://192.168.1.7:5400'] })

describe('a node that pairs', () => {
  it('is called where it was met, then where its card says; programs in a card are none', async () => {
    const card = cardOf(other, { addresses: ['tcp://host:1', 'pipe:touch', 'tcp://192.168.1.7:5400'] })
    const neighbour = await met(card)
    expect(neighbour).toMatchObject({ name: 'other', custody: 'ack', posthorn: true, card })
    expect(neighbour.addresses).toEqual(['tcp://192.168.1.7:5400', 'tcp://host:1'])
  })

  it('again, keeps its name and its relays here', async () => {
    const relay = identityOf(8)
    await node.directory.neighbours.put({ ...(await met(cardOf(other), 'hill')), via: [relay.id] })
    expect(await met(cardOf(other))).toMatchObject({ name: 'hill', via: [relay.id] })
  })

  it('with other keys than before needs a person', async () => {
    await node.directory.neighbours.put(await met(cardOf(other)))
    const { exchangeKey, exchangePrivateKey, noiseKey, noisePrivateKey } = identityOf(9)
    for (const changed of [
      { ...other, exchangeKey, exchangePrivateKey },
      { ...other, noiseKey, noisePrivateKey },
    ]) {
      await expect(met(cardOf(changed))).rejects.toMatchObject({ code: 'keys-changed' })
    }
  })

  it('with the name or the domain of another needs a person, and reads both ids', async () => {
    await node.directory.neighbours.put(await met(cardOf(other, { domains: ['camp.example'] })))
    const double = identityOf(10)
    const refused = met(cardOf(double))
    await expect(refused).rejects.toMatchObject({ code: 'name-taken', message: expect.stringContaining(double.id) })
    await expect(refused).rejects.toThrow(other.id)
    await expect(met(cardOf(double), 'double')).resolves.toMatchObject({ name: 'double' })
    const claims = met(cardOf(double, { domains: ['camp.example'] }), 'double')
    await expect(claims).rejects.toMatchObject({ code: 'domain-taken' })
  })

  it('that is this one, or has a name that is none here, is refused', async () => {
    await expect(met(cardOf(node.identity))).rejects.toMatchObject({ code: 'own-card' })
    await expect(met(cardOf(other), 'Not a name')).rejects.toMatchObject({ code: 'bad-name' })
  })
})
