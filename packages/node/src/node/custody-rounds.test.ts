import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { HandClock } from '../base/hand-clock.ts'
import { silentLog } from '../base/log.ts'
import { nextTurn } from '../base/turn.ts'
import { startCustodyRounds } from './custody-rounds.ts'

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await nextTurn()
}

function seenTo(fails = 0) {
  const ranMs: number[] = []
  const lookAfterCustody = async (ms: number) => {
    ranMs.push(ms)
    if (ranMs.length <= fails) throw new Error('the disk is full')
    return 0
  }
  return { ranMs, postOffice: { lookAfterCustody } }
}

test('a round at the start, then each minute of running; one that fails is no end, nothing is left', async () => {
  const clock = new HandClock()
  const { ranMs, postOffice } = seenTo(1)
  const rounds = startCustodyRounds({ postOffice, clock, log: silentLog })
  for (let minute = 0; minute < 3; minute += 1) {
    await settle()
    expect(ranMs).toHaveLength(minute + 1)
    clock.pass(60_000)
  }
  await settle()
  expect(ranMs).toEqual([0, 60_000, 60_000, 60_000])
  await rounds.stop()
  expect(clock.sleeping).toBe(0)
})

test.each([
  ['does not wait', () => Promise.resolve()],
  ['cannot wait', () => Promise.reject(new Error('no time here'))],
])("a clock that %s takes nobody else's turn, and stopping ends it", async (_, sleep) => {
  const clock: Clock = { now: () => 0, sleep }
  const { ranMs, postOffice } = seenTo()
  const rounds = startCustodyRounds({ postOffice, clock, log: silentLog })
  await settle()
  await rounds.stop()
  const { length } = ranMs
  await settle()
  expect(ranMs).toHaveLength(length)
})
