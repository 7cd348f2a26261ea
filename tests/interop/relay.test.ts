/** Packets through relays, ours and stock NNCP's, over sticks: who must keep what, and what arrives. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, type PublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lettersOnDisk, sendLetter } from '../support/mail.ts'
import { introduce as exchangeCards, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled, packetsIn } from './nncp.ts'

describe.skipIf(!nncpInstalled)('relays', () => {
  let home: string
  let stick: Awaited<ReturnType<typeof makeStick>>
  let nodes: TestNode[]

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'posthorn-relay-'))
    stick = await makeStick()
    nodes = []
  })

  afterEach(async () => {
    for (const node of nodes) await node.remove()
    await stick.remove()
    await rm(home, { recursive: true, force: true })
  })

  async function posthorn(name: string): Promise<TestNode> {
    const node = await TestNode.make(name)
    nodes.push(node)
    return node
  }

  async function identityOf(node: TestNode): Promise<PublicIdentity> {
    const { nncp: keys } = await node.run<{ nncp: Record<string, string> }>(['card', 'show'])
    return parsePublicIdentity(pureSuite, keys)
  }

  async function knows(node: TestNode, other: NncpNode, ...more: string[]): Promise<void> {
    const keys = join(home, `${other.name}.json`)
    await writeFile(keys, JSON.stringify(formatPublicIdentity(other.identity)))
    await node.run(['neighbour', 'add', keys, '--name', other.name, ...more])
  }

  async function queued(node: TestNode): Promise<number> {
    const { neighbours } = await node.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    return neighbours.reduce((sum, neighbour) => sum + neighbour.queued.packets, 0)
  }

  const xfer = (node: NncpNode, ...args: string[]) => nncp(node, 'xfer', ['-quiet', '-mkdir', ...args, stick.path])
  const toss = (node: NncpNode) => nncp(node, 'toss', ['-quiet', '-noprogress'])
  const setAside = (node: TestNode) => node.run<{ number: number; reason: string }[]>(['quarantine', 'list'])

  async function sendFile(from: NncpNode, to: string, text: string): Promise<void> {
    await writeFile(join(home, 'note'), text)
    await nncp(from, 'file', ['-quiet', join(home, 'note'), `${to}:note`])
  }

  it('a letter goes from Posthorn through a stock relay to Posthorn, and custody hop by hop', async () => {
    const [valley, ridge] = [await posthorn('valley'), await posthorn('ridge')]
    const relay = await makeNncpNode(home, 'relay')
    await introduce(relay, {
      valley: { identity: await identityOf(valley) },
      ridge: { identity: await identityOf(ridge) },
    })
    await exchangeCards(valley, ridge)
    for (const [node, other] of [
      [valley, ridge],
      [ridge, valley],
    ] as const) {
      // Its operator runs nncp-ack.
      await knows(node, relay, '--custody', 'ack')
      await node.run(['neighbour', 'add', await other.card(), '--via', 'relay'])
    }
    const [alice, bob] = [await valley.addUser('alice'), await ridge.addUser('bob')]
    await valley.start()
    await sendLetter(alice, { to: bob.address, text: 'over the pass', messageId: '<pass@test>' })
    expect((await sync(valley, stick.path)).written.packets).toBe(1)

    await xfer(relay, '-rx')
    await nncp(relay, 'ack', ['-quiet', '-node', 'valley'])
    await toss(relay)
    await xfer(relay, '-keep', '-tx')
    expect(await queued(valley)).toBe(1)
    await sync(valley, stick.path)
    expect(await queued(valley)).toBe(0)

    const { id } = await identityOf(ridge)
    expect(await packetsIn(relay, id, 'tx')).toHaveLength(1)
    // An acknowledgement for the relay, a receipt for the sender.
    expect(await sync(ridge, stick.path)).toMatchObject({ taken: { packets: 1 }, written: { packets: 2 } })
    expect(await lettersOnDisk(ridge.home, 'bob')).toEqual([expect.stringContaining('over the pass')])
    expect(await queued(ridge)).toBe(0)
    await xfer(relay, '-rx')
    await toss(relay)
    expect(await packetsIn(relay, id, 'tx')).toEqual([])
    for (const node of [valley, ridge]) expect(await setAside(node)).toEqual([])
  })

  it('an acknowledgement of Posthorn goes through a stock relay', async () => {
    const [valley, ridge] = [await posthorn('valley'), await posthorn('ridge')]
    const relay = await makeNncpNode(home, 'relay')
    await introduce(relay, {
      valley: { identity: await identityOf(valley) },
      ridge: { identity: await identityOf(ridge) },
    })
    await exchangeCards(valley, ridge)
    for (const node of [valley, ridge]) await knows(node, relay)
    await ridge.run(['neighbour', 'add', await valley.card(), '--via', 'relay'])
    const [alice, bob] = [await valley.addUser('alice'), await ridge.addUser('bob')]
    await valley.start()
    await sendLetter(alice, { to: bob.address, text: 'hello', messageId: '<hello@test>' })
    for (const node of [valley, ridge]) await sync(node, stick.path)
    expect(await queued(valley)).toBe(1)
    await xfer(relay, '-rx')
    await toss(relay)
    await xfer(relay, '-tx')
    await sync(valley, stick.path)
    for (const node of nodes) expect(await queued(node)).toBe(0)
    for (const node of nodes) expect(await setAside(node)).toEqual([])
  })

  it('a file of a stock node goes through Posthorn to a stock node, once that is allowed', async () => {
    const relay = await posthorn('relay')
    const [carol, dave] = [await makeNncpNode(home, 'carol'), await makeNncpNode(home, 'dave')]
    const us = { identity: await identityOf(relay) }
    await introduce(carol, { relay: us, dave: { identity: dave.identity, via: ['relay'] } })
    await introduce(dave, { relay: us, carol: { identity: carol.identity } })
    await knows(relay, carol)
    await knows(relay, dave)
    await sendFile(carol, 'dave', 'by way of you')
    await xfer(carol, '-tx')
    await sync(relay, stick.path)
    const [entry] = await setAside(relay)
    expect(entry?.reason).toContain('[relay] from = ["carol"]')
    expect(await queued(relay)).toBe(0)

    await appendFile(join(relay.home, 'posthorn.toml'), '\n[relay]\nfrom = ["carol"]\n')
    expect(await relay.run(['quarantine', 'retry', String(entry?.number)])).toMatchObject({ outcome: 'done' })
    expect(await setAside(relay)).toEqual([])
    expect(await queued(relay)).toBe(1)
    expect(await sync(relay, stick.path)).toMatchObject({ written: { packets: 1 } })
    expect(await queued(relay)).toBe(0)
    await xfer(dave, '-rx')
    await toss(dave)
    expect(await readFile(join(dave.incoming, 'note'), 'utf8')).toBe('by way of you')
  })

  it('a packet that nncp-trns wraps by hand for us goes on to the node it is for', async () => {
    const relay = await posthorn('relay')
    const [carol, dave] = [await makeNncpNode(home, 'carol'), await makeNncpNode(home, 'dave')]
    const us = { identity: await identityOf(relay) }
    await introduce(carol, { relay: us, dave: { identity: dave.identity } })
    await introduce(dave, { relay: us, carol: { identity: carol.identity } })
    for (const node of [carol, dave]) await knows(relay, node)
    await appendFile(join(relay.home, 'posthorn.toml'), '\n[relay]\nfrom = ["carol"]\n')
    await sendFile(carol, 'dave', 'sealed before')
    const [packet] = await packetsIn(carol, dave.id, 'tx')
    await nncp(carol, 'trns', ['-quiet', '-via', 'relay', `dave:${packet}`])
    await xfer(carol, '-tx', '-node', 'relay')
    expect(await sync(relay, stick.path)).toMatchObject({ taken: { packets: 1 }, written: { packets: 1 } })
    await xfer(dave, '-rx')
    expect(await packetsIn(dave, us.identity.id, 'rx')).toEqual([packet])
    await toss(dave)
    expect(await readFile(join(dave.incoming, 'note'), 'utf8')).toBe('sealed before')
  })

  it('a file goes through two relays, a stock one and Posthorn, there and back', async () => {
    const ours = await posthorn('ours')
    const [carol, stock, dave] = [
      await makeNncpNode(home, 'carol'),
      await makeNncpNode(home, 'stock'),
      await makeNncpNode(home, 'dave'),
    ]
    const us = { identity: await identityOf(ours) }
    const common = { ours: us, stock: { identity: stock.identity } }
    await introduce(carol, { ...common, dave: { identity: dave.identity, via: ['stock', 'ours'] } })
    await introduce(dave, { ...common, carol: { identity: carol.identity, via: ['ours', 'stock'] } })
    await introduce(stock, { ours: us, carol: { identity: carol.identity }, dave: { identity: dave.identity } })
    for (const node of [carol, stock, dave]) await knows(ours, node)
    await appendFile(join(ours.home, 'posthorn.toml'), '\n[relay]\nfrom = ["carol", "dave"]\n')

    await sendFile(carol, 'dave', 'two hops')
    await xfer(carol, '-tx')
    await xfer(stock, '-rx')
    await toss(stock)
    await xfer(stock, '-tx')
    expect(await sync(ours, stick.path)).toMatchObject({ taken: { packets: 1 }, written: { packets: 1 } })
    await xfer(dave, '-rx')
    await toss(dave)
    expect(await readFile(join(dave.incoming, 'note'), 'utf8')).toBe('two hops')

    await sendFile(dave, 'carol', 'and back')
    await xfer(dave, '-tx')
    expect(await sync(ours, stick.path)).toMatchObject({ taken: { packets: 1 }, written: { packets: 1 } })
    await xfer(stock, '-rx')
    await toss(stock)
    await xfer(stock, '-tx')
    await xfer(carol, '-rx')
    await toss(carol)
    expect(await readFile(join(carol.incoming, 'note'), 'utf8')).toBe('and back')
    expect(await setAside(ours)).toEqual([])
    expect(await queued(ours)).toBe(0)
  })

  it('a letter goes through two relays of Posthorn, and rests nowhere but in the mailbox', async () => {
    const [valley, hut, pass, ridge] = [
      await posthorn('valley'),
      await posthorn('hut'),
      await posthorn('pass'),
      await posthorn('ridge'),
    ]
    for (const [at, node] of nodes.entries()) for (const other of nodes.slice(at + 1)) await exchangeCards(node, other)
    await valley.run(['neighbour', 'add', await ridge.card(), '--via', 'hut', 'pass'])
    for (const relay of [hut, pass]) await appendFile(join(relay.home, 'posthorn.toml'), '\n[relay]\nfrom = ["*"]\n')
    const [alice, bob] = [await valley.addUser('alice'), await ridge.addUser('bob')]
    await valley.start()
    await sendLetter(alice, { to: bob.address, text: 'far', messageId: '<far@test>' })
    const walk = [valley, hut, pass, ridge, pass, hut, valley]
    for (const node of walk) expect((await sync(node, stick.path)).bad).toEqual([])
    expect(await lettersOnDisk(ridge.home, 'bob')).toHaveLength(1)
    for (const node of nodes) expect(await queued(node)).toBe(0)
    for (const node of nodes) expect(await setAside(node)).toEqual([])
    const direct = await valley.run<{ via: string[] }>(['neighbour', 'add', await ridge.card(), '--direct'])
    expect(direct.via).toEqual([])
  })
})
