import { type NodeId, nodeIdFromBytes, type PacketId } from '@posthorn/nncp'
import { expect, test } from 'vitest'
import { HandClock } from '../base/hand-clock.ts'
import { silentLog } from '../base/log.ts'
import { nextTurn } from '../base/turn.ts'
import type { FetchedLetter } from '../stores/mailbox/fetched.ts'
import { startFetchedNotes } from './fetched-notes.ts'

const node: NodeId = nodeIdFromBytes(new Uint8Array(32).fill(3))

async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await nextTurn()
}

/** A mailbox whose notes answer this in turn, and what receipts are told. */
function bench(answers: (number | Error)[], rows: readonly number[]) {
  const clock = new HandClock()
  const left = new Set(rows)
  const told: number[][] = []
  const bench = { clock, left, told, notes: 0, hint: (): void => undefined, disk: 'well' }
  const letterOf = (number: number): FetchedLetter => {
    return { number, letter: 'L'.repeat(52) as PacketId, node, place: 0, at: number }
  }
  const fetched = {
    onFetched(listener: () => void) {
      bench.hint = listener
    },
    async note() {
      bench.notes += 1
      const answer = answers.shift() ?? 0
      if (answer instanceof Error) throw answer
      return answer
    },
    page: async (limit: number) => [...left].slice(0, limit).map(letterOf),
    async forget(numbers: readonly number[]) {
      for (const number of numbers) left.delete(number)
    },
  }
  const receipts = {
    async fetched(letters: readonly { at: number }[]) {
      if (bench.disk === 'full') throw new Error('the disk is full')
      told.push(letters.map(({ at }) => at))
    },
  }
  const start = (tells = true) =>
    startFetchedNotes({ mailbox: { fetched }, spool: { receipts }, tells, clock, log: silentLog })
  return Object.assign(bench, { start })
}

test('what was fetched is noted a moment later, all at once, also after a failure and at the end', async () => {
  const at = bench([0, new Error('the disk is full'), 0], [])
  const service = at.start()
  for (const expected of [1, 2]) {
    at.hint()
    at.hint()
    await settle()
    expect(at.notes).toBe(expected - 1)
    at.clock.pass(1000)
    await settle()
    expect(at.notes).toBe(expected)
  }
  at.hint()
  await settle()
  await service.stop()
  expect(at.notes).toBe(3)
})

test('nodes hear of it a while later: what an earlier run left, and what was noted since, each once', async () => {
  const at = bench([1], [7, 8])
  const service = at.start()
  await settle()
  expect(at.told).toEqual([])
  at.clock.pass(10_000)
  await settle()
  expect([at.told, [...at.left]]).toEqual([[[7, 8]], []])
  at.hint()
  await settle()
  at.left.add(9)
  at.clock.pass(1000)
  await settle()
  expect(at.told).toHaveLength(1)
  at.clock.pass(10_000)
  await settle()
  expect(at.told).toEqual([[7, 8], [9]])
  await service.stop()
})

test('what could not be told stays, and is told by the next run', async () => {
  const at = bench([], [7])
  at.disk = 'full'
  const service = at.start()
  await settle()
  at.clock.pass(10_000)
  await settle()
  await service.stop()
  expect([at.told, [...at.left]]).toEqual([[], [7]])
  at.disk = 'well'
  const next = at.start()
  await settle()
  at.clock.pass(10_000)
  await settle()
  await next.stop()
  expect([at.told, [...at.left]]).toEqual([[[7]], []])
})

test('where the operator does not want it nobody hears of it, and nothing piles up', async () => {
  const at = bench([], [7])
  const service = at.start(false)
  await settle()
  at.clock.pass(10_000)
  await settle()
  await service.stop()
  expect([at.told, [...at.left]]).toEqual([[], []])
})
