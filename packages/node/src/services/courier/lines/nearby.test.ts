/** Nodes that are heard in the local network: who is called, when, and what lies can cost. */
import type { NodeId } from '@posthorn/nncp'
import { describe, expect, it } from 'vitest'
import type { Sighting } from '../../../links/lan/sighting.ts'
import { HandClock, TestNode } from '../fixture.ts'
import { lineLimitsWith } from './limits.ts'
import { NearbyNodes } from './nearby.ts'
import { HandPeer, type Rig, rig, signal, there, until, whileTimePasses } from './rig.ts'

const minute = 60_000

function sighting(id: NodeId, url: string = there, more: Partial<Sighting> = {}): Sighting {
  const common = { name: null, interface: 'eth0', source: 'mcd', lifetimeMs: 2 * minute } as const
  return { ...common, id, url: new URL(url), ...more }
}

/** Both know each other's keys and no address; the one with the smaller id first. */
async function strangersToTheNetwork(): Promise<
  Rig & { smaller: TestNode; greater: TestNode; at: Map<TestNode, string> }
> {
  const made = await rig()
  const { here, far, network } = made
  await here.knows(far)
  here.courier.serve(await network.transport.listen(new URL('tcp://here:5400'), { signal }))
  const [smaller, greater] = here.id < far.id ? [here, far] : [far, here]
  const at = new Map([
    [here, 'tcp://here:5400'],
    [far, there],
  ])
  here.courier.start()
  far.courier.start()
  // Both have read their directories, and wait.
  for (let turns = 0; turns < 20; turns += 1) await new Promise(resolve => setImmediate(resolve))
  return { ...made, smaller, greater, at }
}

const contact = async (node: TestNode, with_: TestNode) =>
  (await node.directory.neighbours.get(with_.id))?.lastContactAt ?? null

describe('a neighbour that is heard', () => {
  it('is called at once, and a letter goes over', async () => {
    const { smaller, greater, at } = await strangersToTheNetwork()
    await smaller.writes(greater, 'hello')
    expect(smaller.courier.found(sighting(greater.id, at.get(greater)))).toBe(true)
    await until(async () => (await greater.spool.inbox.summary()).packets === 1)
  })

  it('and hears at the same time: one calls, one line', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    greater.courier.found(sighting(smaller.id, at.get(smaller)))
    smaller.courier.found(sighting(greater.id, at.get(greater)))
    await until(async () => (await contact(greater, smaller)) !== null)
    await whileTimePasses(clock, clock.sleep(10_000, signal))
    expect(network.dialed).toBe(1)
    expect(network.openLines).toBe(1)
  })

  it('is called by the other one soon, when it does not hear', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    greater.courier.found(sighting(smaller.id, at.get(smaller)))
    await whileTimePasses(
      clock,
      until(async () => (await contact(greater, smaller)) !== null),
    )
    expect(network.dialed).toBe(1)
  })

  it('ends the wait after calls that failed', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    await smaller.knows(greater, 'ack', ['tcp://gone:1'])
    smaller.courier.refresh()
    await until(() => network.dialed === 1)
    await whileTimePasses(clock, clock.sleep(10 * minute, signal), 500)
    const before = clock.now()
    smaller.courier.found(sighting(greater.id, at.get(greater)))
    await whileTimePasses(
      clock,
      until(async () => (await contact(smaller, greater)) !== null),
    )
    expect(clock.now() - before).toBeLessThan(1500)
  })

  it('keeps its line when nobody announces it any more', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    smaller.courier.found(sighting(greater.id, at.get(greater)))
    await until(async () => (await contact(greater, smaller)) !== null)
    await whileTimePasses(clock, clock.sleep(5 * minute, signal), 500)
    expect(smaller.courier.nearby()).toEqual([])
    expect(network.openLines).toBe(1)
    expect(network.dialed).toBe(1)
  })

  it('is called again when the network has changed', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    await smaller.knows(greater, 'ack', ['tcp://gone:1'])
    smaller.courier.refresh()
    await until(() => network.dialed === 1)
    await whileTimePasses(clock, clock.sleep(10 * minute, signal), 500)
    const { dialed } = network
    smaller.courier.networkChanged({ interfaces: ['eth0'], addresses: [] })
    await whileTimePasses(
      clock,
      until(() => network.dialed > dialed),
    )
    expect(at.size).toBe(2)
  })
})

describe('a line', () => {
  it('ends when its address has gone from this machine, and stays otherwise', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    smaller.courier.found(sighting(greater.id, at.get(greater)))
    await until(async () => (await contact(greater, smaller)) !== null)
    smaller.courier.networkChanged({ interfaces: ['eth1'], addresses: ['memory', '10.0.0.1'] })
    await whileTimePasses(clock, clock.sleep(5000, signal))
    expect(network.dialed).toBe(1)
    expect(network.openLines).toBe(1)
    smaller.courier.networkChanged({ interfaces: ['eth0'], addresses: ['10.0.0.1'] })
    await until(() => network.openLines === 0)
  })
})

describe('lies', () => {
  it('a stranger is remembered, never called', async () => {
    const { smaller, network, clock } = await strangersToTheNetwork()
    const stranger = HandPeer.newIdentity().id
    expect(smaller.courier.found(sighting(stranger, 'tcp://here:5400', { name: 'stranger' }))).toBe(false)
    await whileTimePasses(clock, clock.sleep(5000, signal))
    expect(network.dialed).toBe(0)
    expect(smaller.courier.nearby()).toMatchObject([
      { id: stranger, name: 'stranger', addresses: [{ url: 'tcp://here:5400', source: 'mcd', interface: 'eth0' }] },
    ])
  })

  it('who speaks for a neighbour at another door is not taken for it, and the true one is reached', async () => {
    const { smaller, greater, at, network, clock } = await strangersToTheNetwork()
    const thief = TestNode.open({ clock, wires: { dialers: [network.transport] } })
    thief.courier.serve(await network.transport.listen(new URL('tcp://thief:1'), { signal }))
    await smaller.writes(greater, 'for the true one')
    smaller.courier.found(sighting(greater.id, 'tcp://thief:1'))
    await until(() => network.dialed === 1)
    smaller.courier.found(sighting(greater.id, at.get(greater)))
    await whileTimePasses(
      clock,
      until(async () => (await greater.spool.inbox.summary()).packets === 1),
    )
    expect((await thief.spool.inbox.summary()).packets).toBe(0)
    await thief.close()
  })

  it('one that is repeated without end costs a call now and then', async () => {
    const { smaller, greater, network, clock } = await strangersToTheNetwork()
    const flood = async () => {
      for (let count = 0; count < 6000; count += 1) {
        smaller.courier.found(sighting(greater.id, `tcp://gone:${1 + (count % 20)}`))
        await new Promise(resolve => setImmediate(resolve))
        clock.pass(10)
      }
    }
    await flood()
    // A minute of it: eight addresses, each of which is tried ever more seldom, and some that drive others out.
    expect(network.dialed).toBeGreaterThan(8)
    expect(network.dialed).toBeLessThan(80)
  })
})

describe('what is remembered', () => {
  const ids = Array.from({ length: 40 }, () => HandPeer.newIdentity().id)
  const [known = '' as NodeId] = ids
  const limits = lineLimitsWith({ nearbyStrangersMax: 5, nearbyAddressesMax: 3 })

  function remembering() {
    const clock = new HandClock()
    return { clock, nodes: new NearbyNodes({ clock, limits, isKnown: id => id === known }) }
  }

  it('is bounded: strangers drive out strangers, never a neighbour', () => {
    const { nodes } = remembering()
    for (const id of ids) nodes.heard(sighting(id))
    expect(nodes.list().map(({ id }) => id)).toEqual([...ids.slice(-5).reverse(), known])
  })

  it('addresses drive out one that failed, and no other', () => {
    const { nodes } = remembering()
    const urls = [1, 2, 3, 4].map(port => `tcp://host:${port}`)
    expect(urls.map(url => nodes.heard(sighting(known, url)))).toEqual([true, true, true, false])
    nodes.called(known, new URL('tcp://host:2'), false)
    expect(nodes.heard(sighting(known, 'tcp://host:4'))).toBe(true)
    expect(nodes.addressesOf(known).map(({ url }) => url.port)).toEqual(['4', '3', '1'])
  })

  it('what was proven comes first, what failed last; it is news again after a while, if it is said again', () => {
    const { nodes, clock } = remembering()
    for (const port of [1, 2, 3]) nodes.heard(sighting(known, `tcp://host:${port}`))
    nodes.called(known, new URL('tcp://host:1'), true)
    nodes.called(known, new URL('tcp://host:3'), false)
    const inOrder = () => nodes.addressesOf(known).map(({ url, failed }) => [url.port, failed])
    const good = [
      ['1', false],
      ['2', false],
    ]
    expect(inOrder()).toEqual(good)
    expect(nodes.heard(sighting(known, 'tcp://host:3'))).toBe(false)
    clock.pass(1000)
    expect(inOrder()).toEqual([...good, ['3', true]])
    expect(nodes.heard(sighting(known, 'tcp://host:3'))).toBe(true)
    nodes.called(known, new URL('tcp://host:3'), false)
    clock.pass(1000)
    expect(nodes.heard(sighting(known, 'tcp://host:3'))).toBe(false)
  })

  it('ends when it is not said again, with a goodbye, and with its interface', () => {
    const { nodes, clock } = remembering()
    nodes.heard(sighting(known, 'tcp://host:1'))
    nodes.heard(sighting(known, 'tcp://host:2', { lifetimeMs: minute }))
    clock.pass(minute)
    expect(nodes.addressesOf(known)).toHaveLength(1)
    nodes.heard(sighting(known, 'tcp://host:1', { lifetimeMs: 0 }))
    expect(nodes.list()).toEqual([])
    nodes.heard(sighting(known, 'tcp://host:1'))
    nodes.heard(sighting(known, 'tcp://host:2', { interface: 'wlan0' }))
    nodes.forget(['eth0'])
    expect(nodes.list()).toMatchObject([{ addresses: [{ url: 'tcp://host:2' }] }])
    clock.pass(-10 * minute)
    expect(nodes.list()).toHaveLength(1)
  })
})
