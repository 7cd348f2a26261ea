import { expect, test } from 'vitest'
import { HandClock } from '../../base/hand-clock.ts'
import { followed, Traffic } from './traffic.ts'

function begun() {
  const clock = new HandClock()
  const traffic = new Traffic(clock)
  return { clock, traffic, passage: traffic.begin('folder', 'blue-1') }
}

test('a steady flow shows its rate, and a stop fades', () => {
  const { clock, traffic, passage } = begun()
  for (let step = 0; step < 200; step += 1) {
    passage.sending.bytes(1000)
    clock.pass(100)
  }
  const rate = () => traffic.moves()[0]?.sending.bytesPerSecond ?? -1
  expect(rate()).toBeGreaterThan(9000)
  expect(rate()).toBeLessThan(11_000)
  clock.pass(3000)
  expect(rate()).toBeLessThan(3000)
  clock.pass(3000)
  expect(traffic.moves()).toMatchObject([{ active: false, sending: { bytesPerSecond: 0 } }])
})

test('after a silence, or with a clock set back, it is counted from zero', () => {
  const { clock, traffic, passage } = begun()
  passage.receiving.bytes(5000)
  passage.receiving.packet(4000)
  clock.pass(1000)
  passage.receiving.bytes(100)
  expect(traffic.moves()[0]?.receiving).toMatchObject({ packets: 1, bytes: 5100, underwayBytes: 1100 })
  clock.pass(6000)
  passage.receiving.bytes(10)
  expect(traffic.moves()[0]?.receiving).toMatchObject({ packets: 0, bytes: 10 })
  clock.pass(-1000)
  passage.receiving.bytes(3)
  expect(traffic.moves()[0]?.receiving).toMatchObject({ packets: 0, bytes: 3 })
})

test('progress told in sums is followed phase by phase, with what is left', () => {
  const { traffic, passage } = begun()
  const follow = followed(passage)
  const totals = { packetsTotal: null, bytesTotal: null }
  follow({ phase: 'taking-in', packets: 0, bytes: 70, ...totals })
  follow({ phase: 'taking-in', packets: 1, bytes: 100, ...totals })
  follow({ phase: 'opening', packets: 1, bytes: 100, ...totals })
  follow({ phase: 'putting-out', packets: 1, bytes: 300, packetsTotal: 4, bytesTotal: 1000 })
  expect(traffic.moves()).toMatchObject([
    {
      ...{ kind: 'folder', road: 'blue-1', neighbour: null },
      receiving: { packets: 1, bytes: 100, left: null },
      sending: { packets: 1, bytes: 300, left: { packets: 3, bytes: 700 } },
    },
  ])
  passage.end()
  expect(traffic.moves()).toEqual([])
})

test('who watches hears of it once for all that happened meanwhile', async () => {
  const { traffic, passage } = begun()
  const { signal } = new AbortController()
  for (let step = 0; step < 10; step += 1) passage.sending.bytes(1)
  await traffic.moved.wait(signal)
  let woken = false
  const again = traffic.moved.wait(signal).then(() => {
    woken = true
  })
  await Promise.resolve()
  expect(woken).toBe(false)
  passage.end()
  await again
})
