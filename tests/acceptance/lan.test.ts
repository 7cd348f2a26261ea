/** Two nodes that know each other's cards and are plugged into one network, with nothing configured. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lettersOnDisk } from '../support/mail.ts'
import { LocalNetwork, type Member, namespacesPossible, sendLetterWithin } from '../support/namespaces.ts'
import { type Access, introduce, posthorn, TestNode } from '../support/node.ts'

interface Nearby {
  readonly name: string | null
  readonly neighbour: string | null
  readonly addresses: readonly { readonly url: string; readonly interface: string }[]
}

const nearby = (node: TestNode) => node.run<readonly Nearby[]>(['neighbour', 'nearby'])
const patience = { timeout: 30_000, interval: 50 }

describe.skipIf(!namespacesPossible)('in one local network', () => {
  let network: LocalNetwork
  let nodes: TestNode[]
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access

  beforeEach(async () => {
    nodes = []
    valley = await make('valley')
    ridge = await make('ridge')
    alice = await valley.addUser('alice')
    bob = await ridge.addUser('bob')
  })
  afterEach(async () => {
    await Promise.all(nodes.map(node => node.remove()))
    network?.remove()
  })

  async function make(name: string): Promise<TestNode> {
    const node = await TestNode.makeOpen(name)
    nodes.push(node)
    return node
  }

  const has = async (node: TestNode, user: string, word: string) =>
    (await lettersOnDisk(node.home, user).catch(() => [])).filter(letter => letter.includes(word)).length

  async function writeBothWays(here: Member, there: Member, word: string): Promise<void> {
    await sendLetterWithin(here, alice, { to: bob.address, text: `${word} over there` })
    await sendLetterWithin(there, bob, { to: alice.address, text: `${word} and back` })
    await expect.poll(() => has(ridge, 'bob', `${word} over there`), patience).toBe(1)
    await expect.poll(() => has(valley, 'alice', `${word} and back`), patience).toBe(1)
  }

  it.each([
    ['IPv4 and IPv6', { ipv6: true, ipv4: true }],
    ['IPv4 alone', { ipv6: false, ipv4: true }],
    ['IPv6 alone, of which nobody has set up anything', { ipv6: true, ipv4: false }],
  ])('letters cross over %s', async (_, { ipv6, ipv4 }) => {
    network = LocalNetwork.make({ ipv6 })
    const [here, there] = [network.add(), network.add()]
    network.connect(here, { ipv4 })
    network.connect(there, { ipv4 })
    await introduce(valley, ridge)
    await valley.start(here.within)
    await ridge.start(there.within)
    await writeBothWays(here, there, 'hello')
    const [other] = await nearby(valley)
    expect(other).toMatchObject({
      neighbour: 'ridge',
      addresses: [{ interface: 'eth0' }, {}].slice(0, ipv4 && ipv6 ? 2 : 1),
    })
    const { addresses } = (await valley.run<{ neighbours: { addresses: string[] }[] }>(['status'])).neighbours[0] ?? {}
    expect(addresses).toEqual([])
  })

  it('cables that are plugged in later, pulled and plugged in again', async () => {
    network = LocalNetwork.make({ ipv6: true })
    const [here, there] = [network.add(), network.add()]
    await introduce(valley, ridge)
    await valley.start(here.within)
    await ridge.start(there.within)
    await sendLetterWithin(here, alice, { to: bob.address, text: 'early' })
    network.connect(there)
    expect(await nearby(ridge)).toEqual([])
    network.connect(here)
    await expect.poll(() => has(ridge, 'bob', 'early'), patience).toBe(1)
    network.disconnect(here)
    await expect.poll(async () => (await nearby(valley)).length, patience).toBe(0)
    await sendLetterWithin(here, alice, { to: bob.address, text: 'meanwhile' })
    network.connect(here)
    // The line of before is dead, and nobody has said so to either of them.
    await expect.poll(() => has(ridge, 'bob', 'meanwhile'), patience).toBe(1)
    await expect.poll(async () => (await nearby(valley)).length, patience).toBe(1)
  })

  it('strangers see each other, exchange nothing, and meet as soon as they have each other’s cards', async () => {
    network = LocalNetwork.make({ ipv6: true })
    const [here, there] = [network.add(), network.add()]
    network.connect(here)
    network.connect(there)
    await valley.start(here.within)
    await ridge.start(there.within)
    await expect.poll(() => nearby(valley), patience).toMatchObject([{ name: 'ridge', neighbour: null }])
    await expect.poll(() => nearby(ridge), patience).toMatchObject([{ name: 'valley', neighbour: null }])
    await introduce(valley, ridge)
    await writeBothWays(here, there, 'met')
  })

  it('strangers pair by six words, without any address', async () => {
    network = LocalNetwork.make({ ipv6: true })
    const [here, there] = [network.add(), network.add()]
    network.connect(here)
    network.connect(there)
    await valley.start(here.within)
    await ridge.start(there.within)
    await expect.poll(async () => (await nearby(ridge)).length, patience).toBe(1)
    const { words } = await valley.run<{ words: string }>(['invite', '--no-wait'])
    await ridge.run(['join', words])
    await writeBothWays(here, there, 'paired')
  })

  it('a node that stays on this machine says nothing, and says why it hears nothing', async () => {
    const quiet = await TestNode.make('quiet')
    nodes.push(quiet)
    const idle = await posthorn(['neighbour', 'nearby', '--home', quiet.home])
    expect(idle.stderr).toContain('posthorn start')
    network = LocalNetwork.make({ ipv6: true })
    const [here, there] = [network.add(), network.add()]
    network.connect(here)
    network.connect(there)
    await quiet.start(here.within)
    await ridge.start(there.within)
    await valley.start(there.within)
    // The third one is heard, so the first one would be, too.
    await expect.poll(async () => (await nearby(ridge)).map(({ name }) => name), patience).toEqual(['valley'])
    const off = await posthorn(['neighbour', 'nearby', '--home', quiet.home])
    expect(off.code).toBe(1)
    expect(off.stderr).toContain('discovery')
    const { listeners } = await quiet.run<{ listeners: { nncp: { host: string } } }>(['status'])
    expect(listeners.nncp.host).toBe('127.0.0.1')
  })
})
