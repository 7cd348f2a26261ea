/** The giver of receipts by itself: when it tries, and that it never takes more turns than it has work. */
import { randomBytes } from 'node:crypto'
import { generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../../../base/clock.ts'
import { HandClock } from '../../../base/hand-clock.ts'
import { silentLog } from '../../../base/log.ts'
import { nextTurn } from '../../../base/turn.ts'
import { Office } from '../rig.ts'
import { receiptGiver } from './give.ts'

/** An office whose spool is asked what is owed, and cannot say. */
async function failing(clock: Clock) {
  const office = await Office.open('ridge', [])
  onTestFinished(() => office.stop())
  let asked = 0
  const owed = async () => {
    asked += 1
    throw new Error('the disk is full')
  }
  let owe = (): void => undefined
  const onOwed = (listener: () => void) => {
    owe = listener
  }
  const spool = { ...office.spool, receipts: { ...office.spool.receipts, owed, onOwed } }
  const { directory } = office
  const identity = generateIdentity(pureSuite, randomBytes)
  const seal = { identity, suite: pureSuite, random: randomBytes, spool, directory, packetBytesMax: 1e6 }
  const stopping = new AbortController()
  const giver = receiptGiver({ seal, clock, log: silentLog, departed: () => {} }, stopping.signal)
  giver.start()
  await settle()
  const stop = async () => {
    stopping.abort()
    await giver.stopped()
  }
  return { asked: () => asked, owe: () => owe(), stop }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await nextTurn()
}

test('what could not be given is tried again by itself, after longer and longer pauses', async () => {
  const clock = new HandClock()
  const giver = await failing(clock)
  expect(giver.asked()).toBe(1)
  giver.owe()
  const pauses: number[] = []
  for (let tries = 2; tries < 9; tries += 1) {
    let pauseMs = 0
    for (; giver.asked() < tries; pauseMs += 5000) {
      await settle()
      clock.pass(5000)
      await settle()
    }
    pauses.push(pauseMs)
  }
  expect(pauses).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  await giver.stop()
  expect(clock.sleeping).toBe(0)
})

test("a clock that does not wait takes nobody else's turn, and stopping ends it", async () => {
  const giver = await failing({ now: () => 0, sleep: () => Promise.resolve() })
  giver.owe()
  await settle()
  await giver.stop()
  const asked = giver.asked()
  expect(asked).toBeGreaterThan(1)
  await settle()
  expect(giver.asked()).toBe(asked)
})
