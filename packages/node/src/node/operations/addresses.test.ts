/** Where neighbours can be called, and who may say so. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { cardLink, parseCardLink } from '../../stores/directory/card.ts'
import { type Node, openNode } from '../assemble.ts'
import { homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { Reach, ServedNode } from '../served.ts'
import { addNeighbour, showCard } from './neighbours.ts'

let folder: string
let node: Node
let served: ServedNode
let reach: Reach

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-addresses-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
  reach = { ports: { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5400 }, lanHost: null }
  const rest = { chat: null, openness: { lan: false, by: 'setting' as const, fault: null }, renewal: renewal() }
  served = { ...node, ...rest, running: false, listeners: {}, endLogins: async () => 0, reach: async () => reach }
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

const other = generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(7))
const cardWith = (addresses: readonly string[]) =>
  cardLink(pureSuite, other, { name: 'other', domains: [], addresses, acknowledges: true, issuedAt: 1 })
const addressesAfter = async (card: string, addr?: readonly string[]) =>
  (await addNeighbour(served, { card, ...(addr === undefined ? {} : { addr }) })).addresses

describe('addresses', () => {
  it('a card cannot make this node run a program', async () => {
    const card = cardWith(['pipe:touch%20/tmp/x', '|touch', 'tcp://|touch:1', 'tcp://host:1', 'gopher://x'])
    expect(await addressesAfter(card)).toEqual(['tcp://host:1'])
  })

  it('a card cannot choose a proxy, but a name inside Tor', async () => {
    const proxied = 'tcp://host:1?via=socks5://127.0.0.1:9050'
    const card = cardWith([proxied, 'tcp://x.onion:5400'])
    expect(await addressesAfter(card)).toEqual(['tcp://x.onion:5400'])
    expect(await addressesAfter(card, [proxied])).toEqual([proxied])
    const secret = addressesAfter(card, ['tcp://host:1?via=socks5://user:password@127.0.0.1:9050'])
    await expect(secret).rejects.toMatchObject({
      code: 'bad-address',
      message: expect.not.stringContaining('password'),
    })
  })

  it('neither can the configuration of an NNCP node', async () => {
    const addrs = { lan: '[fe80::1%igb0]:5400', evil: '|/bin/touch', ssh: '|ssh host', internet: 'alice.com:3389' }
    const keys = JSON.stringify({ ...formatPublicIdentity(other), addrs })
    expect(await addressesAfter(keys)).toEqual(['tcp://[fe80::1]:5400?zone=igb0', 'tcp://alice.com:3389'])
  })

  it('a person can; and what a person said outlives a card that says nothing', async () => {
    const given = ['|ssh camp nncp-daemon -ucspi', 'host:1']
    const kept = ['pipe:ssh%20camp%20nncp-daemon%20-ucspi', 'tcp://host:1']
    expect(await addressesAfter(cardWith([]), given)).toEqual(kept)
    expect(await addressesAfter(cardWith([]))).toEqual(kept)
    expect(await addressesAfter(cardWith(['tcp://new:1']))).toEqual(['tcp://new:1'])
    await expect(addressesAfter(cardWith([]), ['gopher://x'])).rejects.toMatchObject({ code: 'bad-address' })
  })

  it('the own card says where this node is only when others may call it there', async () => {
    const addresses = async () => parseCardLink(pureSuite, (await showCard(served)).link).addresses
    expect(await addresses()).toEqual([])
    reach = { ...reach, lanHost: '192.0.2.7' }
    expect(await addresses()).toEqual(['tcp://192.0.2.7:5400'])
  })
})
