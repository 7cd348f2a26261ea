import { afterEach, describe, expect, it } from 'vitest'
import { present } from '../../base/assert.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import { type Sticks, sticks, TestNode } from './fixture.ts'
import { KnownRoads } from './known-roads.ts'

const open: TestNode[] = []

afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
})

interface Pair extends Sticks {
  readonly alice: TestNode
  readonly bob: TestNode
}

/** Bob never acknowledges, as stock NNCP does. */
async function pair(addresses: string[] = []): Promise<Pair> {
  const media = sticks()
  const [alice, bob] = [TestNode.open({ transport: media.transport }), TestNode.open({ transport: media.transport })]
  open.push(alice, bob)
  await alice.knows(bob, 'copy', addresses)
  await bob.knows(alice)
  return { ...media, alice, bob }
}

async function neighbourOf(node: TestNode, other: TestNode): Promise<Neighbour> {
  return present(await node.directory.neighbours.get(other.id), 'a neighbour')
}

describe('a letter for a neighbour that never acknowledges', () => {
  it('waits until it lies in each folder, as long as nobody knows which leads there', async () => {
    const { alice, bob } = await pair()
    const [house, stick] = [await alice.folder('house'), await alice.folder('stick')]
    await alice.writes(bob, 'hello')
    await alice.sync(house)
    await alice.sync(house)
    expect(await alice.waiting()).toBe(1)
    await alice.sync(stick)
    expect(await alice.waiting()).toBe(0)
  })

  it('waits for the folder that its packets came by, and for no other', async () => {
    const { alice, bob } = await pair()
    const [house, stick] = [await alice.folder('house'), await alice.folder('stick')]
    await bob.writes(alice, 'I am here')
    await bob.sync(await bob.folder('stick'))
    await alice.sync(stick)
    await alice.writes(bob, 'hello')
    await alice.sync(house)
    expect(await alice.waiting()).toBe(1)
    await alice.sync(stick)
    expect(await alice.waiting()).toBe(0)
  })
})

describe('known roads', () => {
  it('outlive the process, and a folder that is removed', async () => {
    const { alice, bob } = await pair()
    for (const name of ['house', 'stick']) await alice.folder(name)
    await new KnownRoads(alice.directory, true).came(bob.id, 'stick')
    const after = new KnownRoads(alice.directory, true)
    const packet = await alice.writes(bob, 'hello')
    const to = await neighbourOf(alice, bob)
    expect(await after.isEnough(to, packet, 'house')).toBe(false)
    expect(await after.isEnough(to, packet, 'stick')).toBe(true)
    await alice.directory.folders.remove('stick')
    after.forget()
    expect(await after.isEnough(to, packet, 'house')).toBe(true)
  })

  it('a neighbour that was heard, but not by a folder, gets its packets over a line', async () => {
    const { alice, bob } = await pair(['tcp://10.0.0.7:5400'])
    await alice.folder('house')
    const packet = await alice.writes(bob, 'hello')
    const isEnough = async (hasLines: boolean) =>
      new KnownRoads(alice.directory, hasLines).isEnough(await neighbourOf(alice, bob), packet, 'house')
    expect(await isEnough(true)).toBe(true)
    await alice.directory.neighbours.contacted(bob.id, 5)
    expect(await isEnough(true)).toBe(false)
    expect(await isEnough(false)).toBe(true)
  })

  it('folders that cannot be written to are not waited for', async () => {
    const { alice, bob } = await pair()
    for (const name of ['house', 'stick']) await alice.folder(name)
    const roads = new KnownRoads(alice.directory, true)
    await roads.came(bob.id, 'stick')
    await roads.takesNothing('stick')
    const packet = await alice.writes(bob, 'hello')
    expect(await roads.isEnough(await neighbourOf(alice, bob), packet, 'house')).toBe(true)
  })
})
