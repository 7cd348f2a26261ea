import { expect, it, onTestFinished } from 'vitest'
import type { ParcelTransport } from '../../links/transport.ts'
import { HandClock, sticks, TestNode } from './fixture.ts'

const { signal } = new AbortController()
const turns = async (turnsMax = 100) => {
  for (let turn = 0; turn < turnsMax; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

/** A node that syncs by itself, another one, and how often the stick is touched and watched. */
async function stickRig() {
  const { transport, stick } = sticks()
  const state = { touched: 0, watching: 0 }
  const touched = <T>(answer: T): T => {
    state.touched += 1
    return answer
  }
  const counting: ParcelTransport = {
    ...{ kind: 'parcel', scheme: transport.scheme, traits: transport.traits },
    drop: (...args) => touched(transport.drop(...args)),
    collect: (...args) => touched(transport.collect(...args)),
    placed: (...args) => touched(transport.placed(...args)),
    retire: (...args) => touched(transport.retire(...args)),
    ready: at => transport.ready(at),
    async *watch(...args) {
      state.watching += 1
      try {
        yield* transport.watch(...args)
      } finally {
        state.watching -= 1
      }
    },
  }
  const clock = new HandClock()
  const alice = TestNode.open({ transport: counting, clock })
  const bob = TestNode.open({ transport })
  onTestFinished(async () => {
    await Promise.all([alice.close(), bob.close()])
  })
  await alice.knows(bob)
  await bob.knows(alice)
  const folder = await alice.folder()
  alice.courier.start()
  await turns()
  return { alice, bob, stick: stick(), state, clock, folder }
}

it('a released stick has all that waited, and is not touched or watched until it went and came back', async () => {
  const { alice, bob, stick, state, clock, folder } = await stickRig()
  await alice.writes(bob, 'one')
  expect(await alice.courier.release(folder, { signal })).toMatchObject({ released: true, written: { packets: 1 } })
  expect(alice.courier.isReleased(folder)).toBe(true)
  expect(state.watching).toBe(0)
  const { touched } = state
  await alice.writes(bob, 'two')
  alice.courier.departed()
  await turns()
  clock.pass(60_000)
  await turns()
  expect(state).toEqual({ touched, watching: 0 })
  stick.plugged = false
  clock.pass(2000)
  await turns()
  expect(alice.courier.isReleased(folder)).toBe(false)
  stick.plugged = true
  await turns()
  expect(stick.list()).toHaveLength(2)
})

it('a person who syncs it wants it again', async () => {
  const { alice, bob, stick, state, folder } = await stickRig()
  await alice.courier.release(folder, { signal })
  await alice.writes(bob, 'one')
  expect(await alice.courier.sync(folder, { signal })).toMatchObject({ written: { packets: 1 } })
  await turns()
  expect([alice.courier.isReleased(folder), state.watching]).toEqual([false, 1])
  await alice.writes(bob, 'two')
  alice.courier.departed()
  await turns()
  expect(stick.list()).toHaveLength(2)
})

it('a stick that has gone cannot be released: that would say that all is on it', async () => {
  const { alice, stick, folder } = await stickRig()
  stick.plugged = false
  const report = await alice.courier.release(folder, { signal })
  expect(report).toMatchObject({ released: false, error: { code: 'medium-gone' } })
  expect(alice.courier.isReleased(folder)).toBe(false)
})

it('what lies on a stick is told by neighbour, and nothing is put there for one that is paused', async () => {
  const { alice, bob, stick, folder } = await stickRig()
  const carol = TestNode.open()
  onTestFinished(() => carol.close())
  await alice.knows(carol)
  await alice.directory.calling.pause(carol.id, 1)
  const first = await alice.writes(bob, 'one')
  await alice.writes(bob, 'twenty')
  await alice.writes(carol, 'held')
  expect(await alice.sync(folder)).toMatchObject({ written: { packets: 2 }, held: { packets: 1 } })
  await alice.spool.outbox.acknowledge(first, bob.id, 1)
  expect(await alice.courier.contents(folder, signal)).toEqual({
    neighbours: [{ neighbour: bob.id, copies: { packets: 1, bytes: 172 + 'twenty'.length }, arrived: 1 }],
    more: false,
  })
  expect(stick.list().some(path => path.startsWith(carol.id))).toBe(false)
  await alice.directory.calling.pause(carol.id, null)
  expect(await alice.sync(folder)).toMatchObject({ held: { packets: 0 } })
  expect(stick.list().some(path => path.startsWith(carol.id))).toBe(true)
})
