import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import { OperatingError } from '../../../base/errors.ts'
import { HandClock, sealed, streamOf, TestNode } from '../fixture.ts'
import { HandPeer, rig, signal, there, until, whileTimePasses } from './rig.ts'

const large = randomBytes(1_100_000).toString('base64')

describe('a call', () => {
  it('carries letters both ways, and custody with them', async () => {
    const { here, far, call } = await rig()
    await here.writes(far, 'from here')
    await here.writes(far, large)
    await far.writes(here, 'from there')
    const report = await call()
    expect(report).toMatchObject({ address: there, sent: { packets: 2 }, received: { packets: 1 }, left: 0 })
    expect(report.error).toBeUndefined()
    expect(await here.waiting()).toBe(0)
    expect(await far.waiting()).toBe(0)
    await Promise.all([here.toss(), far.toss()])
    expect(here.delivered).toEqual(['from there'])
    expect(far.delivered.sort()).toEqual(['from here', large].sort())
    for (const [node, other] of [
      [here, far],
      [far, here],
    ] as const) {
      expect((await node.directory.neighbours.get(other.id))?.lastContactAt).not.toBeNull()
    }
  })

  it('carries many packets, more than are offered or requested at once', async () => {
    const { here, far, call } = await rig({ limits: { offeredMax: 30, requestsMax: 7, tasksMax: 3 } })
    const texts = Array.from({ length: 200 }, (_, number) => `letter ${number}`)
    for (const text of texts) await here.writes(far, text)
    expect(await call()).toMatchObject({ sent: { packets: 200 } })
    await far.toss()
    expect(far.delivered.sort()).toEqual(texts.sort())
    expect(await here.waiting()).toBe(0)
  })

  it('leaves what is nicer than was asked for', async () => {
    const { here, far, call } = await rig()
    await here.writes(far, 'text', 96)
    await here.writes(far, 'bulk', 224)
    await far.writes(here, 'their bulk', 224)
    expect(await call({ nicenessMax: 100 })).toMatchObject({ sent: { packets: 1 }, received: { packets: 0 } })
    expect(await here.waiting()).toBe(1)
    expect(await far.waiting()).toBe(1)
  })

  it('what came by another road before is taken over without being sent', async () => {
    const { here, far, network, call } = await rig()
    const id = await here.writes(far, large)
    const body = await here.spool.outbox.open(id)
    if (body === undefined) throw new Error('the packet just queued is not there')
    const staged = await far.spool.stage(body.read(), { signal, sizeBytesMax: 10_000_000 })
    await far.spool.inbox.commit({ staged, sender: here.id, niceness: 1, source: 'stick', at: 1 })
    expect(await call()).toMatchObject({ sent: { packets: 1 } })
    expect(network.carriedBytes).toBeLessThan(500_000)
    expect(await here.waiting()).toBe(0)
    await far.toss()
    expect(far.delivered).toHaveLength(1)
  })

  it('what was refused before stays with who has it, and is not sent', async () => {
    const { here, far, network, call } = await rig()
    const id = await here.writes(far, large)
    const body = present(await here.spool.outbox.open(id), 'the packet just queued')
    const staged = await far.spool.stage(body.read(), { signal, sizeBytesMax: 10_000_000 })
    await far.spool.inbox.commit({ staged, sender: here.id, niceness: 1, source: 'stick', at: 1 })
    await far.spool.inbox.quarantine(id, { reason: 'not allowed', outcome: 'refused', at: 1, outbound: [] })
    await here.writes(far, 'another')
    expect(await call()).toMatchObject({ sent: { packets: 1 } })
    expect(network.carriedBytes).toBeLessThan(500_000)
    expect(await here.waiting()).toBe(1)
    expect(await here.spool.outbox.get(id)).toBeDefined()
  })

  it('stays until both sides have been quiet for the deadline', async () => {
    const { here, far, clock, neighbour } = await rig()
    let over = false
    const calling = here.courier.call(await neighbour(), { signal, onlineDeadlineMs: 5000 }).finally(() => {
      over = true
    })
    await until(async () => (await far.directory.neighbours.get(here.id))?.lastContactAt !== null)
    clock.pass(4900)
    await far.writes(here, 'in time')
    far.courier.departed()
    await until(async () => (await here.spool.inbox.summary()).packets === 1)
    clock.pass(4900)
    for (let turns = 0; turns < 20; turns += 1) await new Promise(resolve => setImmediate(resolve))
    expect(over).toBe(false)
    await whileTimePasses(clock, calling)
    expect(await calling).toMatchObject({ received: { packets: 1 } })
  })

  it('says why it failed', async () => {
    const clock = new HandClock()
    const { network, here, far, neighbour } = await rig()
    const stranger = TestNode.open({ clock, wires: { dialers: [network.transport] } })
    await stranger.knows(far, 'ack', ['gopher://x', 'not a url', 'tcp://nobody:1', there])
    const known = await stranger.directory.neighbours.get(far.id)
    if (known === undefined) throw new Error('the neighbour just added is not there')
    const call = (node: TestNode, addresses: string[]) => node.courier.call({ ...known, addresses }, { signal })
    const code = async (report: ReturnType<typeof call>) => (await whileTimePasses(clock, report)).error?.code
    expect(await code(call(stranger, []))).toBe('no-address')
    expect(await code(call(stranger, ['gopher://x']))).toBe('no-address')
    expect(await code(call(stranger, ['tcp://nobody:1']))).toBe('no-connection')
    expect(await code(call(stranger, known.addresses as string[]))).toBe('not-welcome')
    const cancelled = here.courier.call(await neighbour(), { signal: AbortSignal.abort() })
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    await stranger.close()
  })
})

describe('a line that is cut', () => {
  it('goes on where it was cut, at whatever byte, and sends nothing twice', async () => {
    const { here, far, network, call } = await rig()
    await here.writes(far, large)
    await far.writes(here, `${large}.`)
    await here.writes(far, 'short')
    let calls = 0
    let seed = 7
    for (; (await here.waiting()) + (await far.waiting()) > 0; calls += 1) {
      expect(calls).toBeLessThan(200)
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      network.cutAfterBytes = seed % 400_000
      await call()
    }
    network.cutAfterBytes = Number.POSITIVE_INFINITY
    expect(calls).toBeGreaterThan(5)
    const contentBytes = 2 * Buffer.from(large).length
    // Each call has its handshakes of 64 KiB a side, and some answers.
    expect(network.carriedBytes).toBeLessThan(contentBytes * 1.02 + calls * 140_000)
    await Promise.all([here.toss(), far.toss()])
    expect(far.delivered.sort()).toEqual(['short', Buffer.from(large).toString()].sort())
    expect(here.delivered).toEqual([Buffer.from(`${large}.`).toString()])
  })
})

describe('custody', () => {
  it('stays with the sender until the inbox of the other has the packet', async () => {
    const { here, far, call } = await rig()
    await here.writes(far, large)
    const { inbox } = far.spool
    const commit = inbox.commit.bind(inbox)
    inbox.commit = async () => {
      throw new OperatingError('no room', { code: 'disk-full', retry: 'later' })
    }
    expect(await call()).toMatchObject({ sent: { packets: 0 } })
    expect(await here.waiting()).toBe(1)
    inbox.commit = commit
    expect(await call()).toMatchObject({ sent: { packets: 1 } })
    expect(await here.waiting()).toBe(0)
    await far.toss()
    expect(far.delivered).toEqual([large])
  })
})

describe('urgency', () => {
  it('a packet that is more urgent overtakes a large one in the middle', async () => {
    const arrivals: number[] = []
    const { here, far, clock, neighbour } = await rig()
    const { inbox } = far.spool
    const commit = inbox.commit.bind(inbox)
    inbox.commit = packet => {
      arrivals.push(packet.staged.sizeBytes)
      return commit(packet)
    }
    await here.writes(far, Buffer.alloc(4_000_000), 224)
    let written = false
    const calling = here.courier.call(await neighbour(), {
      signal,
      onProgress: ({ bytes }) => {
        if (written || bytes < 1_000_000) return
        written = true
        void here.writes(far, 'flash', 1).then(() => here.courier.departed())
      },
    })
    await whileTimePasses(clock, calling)
    expect(arrivals.map(bytes => bytes > 1_000_000)).toEqual([false, true])
  })
})

describe('by itself', () => {
  it('keeps a line open, over which new packets leave in no time, and calls again when it is cut', async () => {
    const { here, far, network, clock } = await rig()
    here.courier.start()
    await until(async () => (await far.directory.neighbours.get(here.id))?.lastContactAt !== null)
    for (const round of ['first', 'second']) {
      await here.writes(far, round)
      here.courier.departed()
      await until(async () => (await far.spool.inbox.summary()).packets === 1)
      await far.toss()
      far.courier.departed()
      await until(async () => (await here.waiting()) === 0)
    }
    expect(network.dialed).toBe(1)
    network.cut()
    await here.writes(far, 'third')
    here.courier.departed()
    await whileTimePasses(
      clock,
      until(async () => (await far.spool.inbox.summary()).packets === 1),
    )
    await far.toss()
    expect(far.delivered).toEqual(['first', 'second', 'third'])
    expect(network.dialed).toBe(2)
  })

  it('a neighbour that was removed is hung up on, and not called again', async () => {
    const { here, far, network, clock } = await rig()
    here.courier.start()
    await until(async () => (await far.directory.neighbours.get(here.id))?.lastContactAt !== null)
    await far.directory.neighbours.remove(here.id)
    await here.directory.neighbours.remove(far.id)
    far.courier.refresh()
    here.courier.refresh()
    await until(() => clock.sleeping === 0)
    expect(network.dialed).toBe(1)
  })

  it('of two lines that were opened at the same time one stays, and nothing is lost or doubled', async () => {
    const { here, far, network, clock } = await rig()
    const at = 'tcp://here:1'
    await far.knows(here, 'ack', [at])
    here.courier.serve(await network.transport.listen(new URL(at), { signal }))
    const texts = Array.from({ length: 50 }, (_, number) => `letter ${number}`)
    for (const text of texts) await here.writes(far, text)
    for (const text of texts) await far.writes(here, text)
    here.courier.start()
    far.courier.start()
    const waiting = async () => (await here.waiting()) + (await far.waiting())
    await whileTimePasses(
      clock,
      until(async () => (await waiting()) === 0),
    )
    await until(() => network.openLines === 1)
    await Promise.all([here.toss(), far.toss()])
    expect(here.delivered.sort()).toEqual(texts.toSorted())
    expect(far.delivered.sort()).toEqual(texts.toSorted())
  })

  it('does not call who has called', async () => {
    const { here, far, network, clock } = await rig()
    const at = 'tcp://here:1'
    await far.knows(here, 'ack', [at])
    here.courier.serve(await network.transport.listen(new URL(at), { signal }))
    here.courier.start()
    await until(async () => (await far.directory.neighbours.get(here.id))?.lastContactAt !== null)
    far.courier.start()
    await far.writes(here, 'over the same line')
    far.courier.departed()
    await until(async () => (await here.spool.inbox.summary()).packets === 1)
    expect(network.dialed).toBe(1)
    expect(clock.sleeping).toBeGreaterThan(0)
  })
})

describe('a letter that is handed over again, for want of its receipt', () => {
  it.each(['had come before', 'comes by a stick meanwhile'])('and %s: its sender is owed one more', async when => {
    const { far, network } = await rig()
    const identity = HandPeer.newIdentity()
    await far.knows({ identity, id: identity.id })
    far.courier.refresh()
    const { id, bytes } = sealed(identity.id, far.id, 'silent')
    const comesByStick = async () => {
      const staged = await far.spool.stage(streamOf(bytes), { signal, sizeBytesMax: bytes.length })
      await far.spool.inbox.commit({ staged, sender: identity.id, niceness: 96, source: 'stick', at: 1 })
      const number = { series: 'one', generation: 0, number: 1, waiting: [], day: 1 }
      await far.spool.inbox.finish(id, { at: 1, outbound: [], receipt: { outcomes: Uint8Array.of(1), number } })
      // It was given, and was lost on its way.
      await far.spool.receipts.letGo(identity.id)
    }
    if (when === 'had come before') await comesByStick()
    const peer = await HandPeer.call(network, far, identity)
    peer.offer(id, bytes.length)
    if (when === 'comes by a stick meanwhile') {
      await until(() => peer.heard('requested').length === 1)
      await comesByStick()
      expect(await far.spool.receipts.owed()).toEqual([])
      peer.say({ kind: 'chunk', id, offsetBytes: 0, bytes })
    }
    await until(() => peer.heard('finished').length === 1)
    expect(await far.spool.receipts.owed()).toEqual([{ node: identity.id, letters: 1 }])
    await peer.hangUp()
  })
})
