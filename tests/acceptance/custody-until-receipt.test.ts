/** A letter that a relay took over and lost goes by another road, and stays with its sender until its receipt came. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface Status {
  readonly neighbours: readonly {
    readonly name: string
    readonly queued: { readonly packets: number }
    readonly unreceipted: { readonly letters: number; readonly handedOver: number }
  }[]
}
interface Tracked {
  readonly journeys: readonly { readonly state: string; readonly stations: readonly { readonly kind: string }[] }[]
}

const dayMs = 24 * 3_600_000

describe('a letter that a relay took over, and whose relay is gone', () => {
  let [valley, hut, pass, ridge]: TestNode[] = []
  let alice: Access
  let bob: Access
  let sticks: Awaited<ReturnType<typeof makeStick>>[] = []

  const node = (one: TestNode | undefined): TestNode => one ?? expect.unreachable()
  const stick = (number: number): string => sticks[number]?.path ?? expect.unreachable()

  beforeAll(async () => {
    sticks = await Promise.all([makeStick(), makeStick(), makeStick()])
    const names = ['valley', 'hut', 'pass', 'ridge']
    const nodes = await Promise.all(names.map(name => TestNode.make(name)))
    ;[valley, hut, pass, ridge] = nodes
    const cards = await Promise.all(nodes.map(one => one.card()))
    const [ofValley = '', ofHut = '', ofPass = '', ofRidge = ''] = cards
    const meets = async (one: TestNode | undefined, ...others: string[][]) => {
      for (const [card = '', ...ways] of others) await node(one).run(['neighbour', 'add', card, ...ways])
    }
    const relays = '\n[relay]\nfrom = ["*"]\n'
    for (const relay of [hut, pass]) await appendFile(join(node(relay).home, 'posthorn.toml'), relays)
    await Promise.all([
      meets(valley, [ofHut], [ofPass], [ofRidge, '--via', 'hut', '--or-via', 'pass']),
      meets(hut, [ofValley], [ofRidge]),
      meets(pass, [ofValley], [ofRidge]),
      meets(ridge, [ofHut], [ofPass], [ofValley, '--via', 'pass']),
    ])
    alice = await node(valley).addUser('alice')
    bob = await node(ridge).addUser('bob')
    await node(valley).start()
  })
  afterAll(async () => {
    const nodes = [valley, hut, pass, ridge].map(async one => one?.remove())
    await Promise.all([...nodes, ...sticks.map(one => one.remove())])
  })

  const neighbour = async (name: string) => {
    const { neighbours } = await node(valley).run<Status>(['status'])
    return neighbours.find(one => one.name === name)
  }
  /** As if the sender's node had run for so long, and nothing was heard. */
  function run(ms: number): void {
    const database = openDatabase(join(node(valley).home, 'posthorn.db'))
    database.transaction(() => database.run('UPDATE running SET ms = ms + ?', ms))
    database.close()
  }
  const handToHut = async (messageId: string, by: string) => {
    await sendLetter(alice, { to: bob.address, text: messageId, messageId: `<${messageId}@test>` })
    for (const one of [valley, hut, valley]) await sync(node(one), by)
  }
  const arrived = async (messageId: string) =>
    (await lettersOnDisk(node(ridge).home, 'bob')).filter(text => text.includes(`<${messageId}@test>`)).length

  it('goes by another road and arrives once, also when the first copy turns up', { timeout: 60_000 }, async () => {
    // The hut passes one letter on to a stick that lies in a drawer for long; another burns with it.
    const [drawer, burnt, later] = [stick(0), stick(1), stick(2)]
    await handToHut('drawer', drawer)
    await handToHut('burnt', burnt)
    await node(hut).remove()
    expect(await neighbour('hut')).toMatchObject({ queued: { packets: 0 } })
    expect(await neighbour('ridge')).toMatchObject({ unreceipted: { letters: 2, handedOver: 2 } })
    expect([await arrived('drawer'), await arrived('burnt')]).toEqual([0, 0])

    await node(valley).end()
    run(8 * dayMs)
    await node(valley).start()
    await expect.poll(async () => (await neighbour('pass'))?.queued.packets).toBe(2)
    for (const one of [valley, pass, ridge]) await sync(node(one), later)
    expect([await arrived('drawer'), await arrived('burnt')]).toEqual([1, 1])
    expect(await sync(node(ridge), drawer)).toMatchObject({ duplicates: 1 })
    expect([await arrived('drawer'), await arrived('burnt')]).toEqual([1, 1])

    expect(await neighbour('ridge')).toMatchObject({ unreceipted: { letters: 2 } })
    for (const one of [ridge, pass, valley]) await sync(node(one), later)
    await expect.poll(async () => (await neighbour('ridge'))?.unreceipted.letters).toBe(0)
    for (const messageId of ['drawer', 'burnt']) {
      const { journeys } = await node(valley).run<Tracked>(['track', `${messageId}@test`])
      expect(journeys).toMatchObject([{ state: 'delivered' }])
      const kinds = journeys[0]?.stations.map(({ kind }) => kind)
      expect(kinds).toEqual(expect.arrayContaining(['accepted', 'sealed', 'handed', 'resent', 'delivered']))
    }
  })
})
