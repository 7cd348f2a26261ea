import type { NodeId } from '@posthorn/nncp'
import { expect, test } from 'vitest'
import { HandClock } from '../base/hand-clock.ts'
import { Listeners } from '../base/listeners.ts'
import { silentLog } from '../base/log.ts'
import type { DayToAdd } from '../stores/histories/index.ts'
import type { PacketCame, PacketLeft } from '../stores/spool/passages.ts'
import { historyRecorder } from './history-recorder.ts'

const [near, far] = ['A'.repeat(52), 'B'.repeat(52)] as [NodeId, NodeId]
const dayMs = 86_400_000

function rig(add?: () => Promise<void>) {
  const clock = new HandClock()
  const added: DayToAdd[] = []
  const [left, came] = [new Listeners<PacketLeft>(), new Listeners<PacketCame>()]
  const recorder = historyRecorder({
    spool: { outbox: { onLeft: one => left.add(one) }, inbox: { onCame: one => came.add(one) } },
    histories: { add: async days => (add === undefined ? void added.push(...days) : add()) },
    ...{ clock, log: silentLog },
  })
  const letter = { nextHop: near, kind: 'letter', sizeBytes: 100, since: 1000, at: 5000 } as const
  return { clock, added, left, came, recorder, letter }
}

test('what passes is summed up by day and neighbour, letters with their waits', async () => {
  const { added, left, came, recorder, letter } = rig()
  recorder.met(near)
  left.tell(letter)
  left.tell({ ...letter, at: 2000 })
  left.tell({ ...letter, kind: 'ack' })
  left.tell({ ...letter, nextHop: far, since: 9_000_000, at: 3 * dayMs })
  came.tell({ handedBy: near, sizeBytes: 7, at: 5000 })
  await recorder.stop()
  const nothing = { contacts: 0, receivedPackets: 0, receivedBytes: 0 }
  expect(added).toEqual([
    {
      ...{ neighbour: near, date: 0, contacts: 1, sentPackets: 3, sentBytes: 300 },
      ...{ receivedPackets: 1, receivedBytes: 7, letters: 2, waitedMs: 5000, waitedMsMax: 4000 },
    },
    {
      ...{ ...nothing, neighbour: far, date: 3, sentPackets: 1, sentBytes: 100, letters: 1 },
      ...{ waitedMs: 3 * dayMs - 9_000_000, waitedMsMax: 3 * dayMs - 9_000_000 },
    },
  ])
})

test('a clock that was set back makes no wait negative', async () => {
  const { added, left, recorder, letter } = rig()
  left.tell({ ...letter, since: 5000, at: 1000 })
  await recorder.stop()
  expect(added).toMatchObject([{ letters: 1, waitedMs: 0, waitedMsMax: 0 }])
})

test('it is written once a minute while something passes, and at the end', async () => {
  const { clock, added, left, recorder, letter } = rig()
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  left.tell(letter)
  await turns()
  left.tell(letter)
  expect(added).toEqual([])
  clock.pass(60_000)
  await turns()
  expect(added).toMatchObject([{ sentPackets: 2 }])
  left.tell(letter)
  await recorder.stop()
  left.tell(letter)
  expect(added.map(({ sentPackets }) => sentPackets)).toEqual([2, 1])
})

test('a database that fails ends nothing', async () => {
  const { left, recorder, letter } = rig(async () => {
    throw new Error('the disk is full')
  })
  left.tell(letter)
  await expect(recorder.flush()).resolves.toBeUndefined()
  await expect(recorder.stop()).resolves.toBeUndefined()
})
