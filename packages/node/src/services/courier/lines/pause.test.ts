import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import type { TestNode } from '../fixture.ts'
import { rig, signal, until, whileTimePasses } from './rig.ts'

const home = 'tcp://here:5400'
const large = randomBytes(1_100_000).toString('base64')

/** Each of the two can call the other. */
async function both() {
  const made = await rig()
  const { here, far, network, clock } = made
  await far.knows(here, 'ack', [home])
  here.courier.serve(await network.transport.listen(new URL(home), { signal }))
  const neighbour = async () => present(await far.directory.neighbours.get(here.id), 'the neighbour that was added')
  const callBack = async () => whileTimePasses(clock, far.courier.call(await neighbour(), { signal }))
  return { ...made, callBack }
}

async function pause(node: TestNode, other: TestNode, at: number | null) {
  await node.directory.calling.pause(other.id, at)
  node.courier.refresh()
}

it('nothing goes to a paused neighbour, and what it brings is taken', async () => {
  const { here, far, call, callBack } = await both()
  await here.writes(far, 'held')
  await far.writes(here, 'brought')
  await pause(here, far, 1)
  expect(await call()).toMatchObject({ address: null, sent: { packets: 0 }, error: { code: 'paused' } })
  expect(await callBack()).toMatchObject({ sent: { packets: 1 }, received: { packets: 0 } })
  await here.writes(far, 'held as well')
  expect(await here.waiting()).toBe(2)
  await here.toss()
  expect(here.delivered).toEqual(['brought'])
  await pause(here, far, null)
  expect(await call()).toMatchObject({ sent: { packets: 2 } })
})

it('a line that is open when its neighbour is paused ends, and it is not called again', async () => {
  const { here, far, clock, network } = await rig()
  here.courier.start()
  await until(() => here.courier.moves().length === 1)
  await pause(here, far, 1)
  await until(() => here.courier.moves().length === 0)
  await here.writes(far, 'held')
  here.courier.departed()
  const dialed = network.carriedBytes
  await whileTimePasses(clock, clock.sleep(200_000, signal), 1000)
  expect([await here.waiting(), network.carriedBytes]).toEqual([1, dialed])
  await pause(here, far, null)
  await whileTimePasses(
    clock,
    until(async () => (await here.waiting()) === 0),
  )
})

it('what moves over a line can be watched from both ends, and what is still to come', async () => {
  const { here, far, clock, neighbour } = await rig({ rates: { rxBytesPerSecond: null, txBytesPerSecond: 100_000 } })
  await here.writes(far, large)
  const over = here.courier.call(await neighbour(), { signal })
  const sending = () => here.courier.moves()[0]?.sending
  const seen = until(() => (sending()?.bytes ?? 0) > 500_000)
  await whileTimePasses(clock, seen)
  await here.courier.moved(signal)
  expect(here.courier.moves()).toMatchObject([{ kind: 'line', neighbour: far.id, active: true }])
  expect(sending()?.bytesPerSecond).toBeGreaterThan(50_000)
  expect(sending()?.bytesPerSecond).toBeLessThan(200_000)
  const [received] = far.courier.moves()
  expect(received).toMatchObject({ neighbour: here.id, receiving: { packets: 0, left: { packets: 1 } } })
  expect(received?.receiving.left?.bytes).toBeLessThan(large.length - 100_000)
  await whileTimePasses(clock, over)
  expect(here.courier.moves()).toEqual([])
})

it('a packet that is raised while others are sent goes before them', async () => {
  const { here, far, clock, neighbour } = await rig({ rates: { rxBytesPerSecond: null, txBytesPerSecond: 200_000 } })
  const first = await here.writes(far, large)
  const second = await here.writes(far, `${large}2`)
  const arrived: string[] = []
  far.spool.inbox.onCame(({ sizeBytes }) => arrived.push(sizeBytes === large.length + 1 + 172 ? 'second' : 'first'))
  const over = here.courier.call(await neighbour(), { signal })
  await whileTimePasses(
    clock,
    until(() => (here.courier.moves()[0]?.sending.bytes ?? 0) > 200_000),
  )
  expect((await here.spool.outbox.get(first))?.niceness).toBe(96)
  await here.spool.outbox.setNiceness(second, 10)
  here.courier.raised(second, 10)
  await whileTimePasses(clock, over)
  expect(arrived).toEqual(['second', 'first'])
})
