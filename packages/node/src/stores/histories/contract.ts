/** What every store of histories must do. Run by the real one and by its twin in memory. */
import type { NodeId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Directory, Neighbour } from '../directory/directory.ts'
import type { DayToAdd, Histories } from './histories.ts'
import { historiesLimits } from './limits.ts'

export interface HistoriesRig {
  readonly histories: Histories
  readonly neighbours: Directory['neighbours']
  /** Days of the stores' calendar. */
  readonly passDays: (days: number) => Promise<void>
}

const [near, far] = ['A'.repeat(52), 'B'.repeat(52)] as [NodeId, NodeId]
const key = new Uint8Array(32)
const none = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0 }
const noCounts = { contacts: 0, ...none, letters: 0, waitedMs: 0, waitedMsMax: 0 }

function neighbour(id: NodeId): Neighbour {
  const identity = { id, exchangeKey: key, signingKey: key, noiseKey: key }
  const roads = { domains: [], addresses: [], via: [], otherRoads: [], custody: 'ack', posthorn: true } as const
  return { identity, name: id.slice(0, 5).toLowerCase(), ...roads, card: null, addedAt: 1, lastContactAt: null }
}

function day(date: number, counts: Partial<DayToAdd> = {}): DayToAdd {
  return { neighbour: near, date, ...noCounts, ...counts }
}

export function historiesContract(name: string, make: () => Promise<HistoriesRig>): void {
  describe(`histories: ${name}`, () => {
    test('what happens on one day is summed up, and the longest wait is kept', async () => {
      const { histories, neighbours } = await make()
      for (const id of [near, far]) await neighbours.put(neighbour(id))
      await histories.add([
        day(5, { contacts: 1, sentPackets: 2, sentBytes: 300, letters: 1, waitedMs: 7000, waitedMsMax: 7000 }),
        day(5, { receivedPackets: 1, receivedBytes: 10, letters: 2, waitedMs: 5000, waitedMsMax: 3000 }),
        day(4, { neighbour: far, contacts: 9 }),
      ])
      await histories.add([day(5, { contacts: 1, sentPackets: 1, sentBytes: 1, receivedPackets: 1, receivedBytes: 1 })])
      const sums = { contacts: 2, sentPackets: 3, sentBytes: 301, receivedPackets: 2, receivedBytes: 11 }
      expect(await histories.days(near, 10)).toEqual([
        { date: 5, ...sums, letters: 3, waitedMs: 12_000, waitedMsMax: 7000 },
      ])
      expect(await histories.days(far, 10)).toEqual([{ date: 4, ...noCounts, contacts: 9 }])
    })

    test('the latest days come, the oldest of them first; of too many the first are left out', async () => {
      const { histories, neighbours } = await make()
      await neighbours.put(neighbour(near))
      const dates = Array.from({ length: historiesLimits.daysMax + 3 }, (_, index) => index + 100)
      await histories.add(dates.map(date => day(date, { contacts: date })))
      expect((await histories.days(near, 3)).map(({ date }) => date)).toEqual(dates.slice(-3))
      const all = await histories.days(near, 1000)
      expect([all.length, all[0]?.date]).toEqual([historiesLimits.daysMax, 103])
    })

    test('strangers have no history, and whoever goes takes it along', async () => {
      const { histories, neighbours } = await make()
      await histories.add([day(5, { contacts: 1 })])
      await neighbours.put(neighbour(near))
      expect(await histories.days(near, 10)).toEqual([])
      await histories.add([day(5, { contacts: 1 })])
      await neighbours.put({ ...neighbour(near), name: 'renamed' })
      expect(await histories.days(near, 10)).toHaveLength(1)
      await neighbours.remove(near)
      expect(await histories.days(near, 10)).toEqual([])
      await neighbours.put(neighbour(near))
      expect(await histories.days(near, 10)).toEqual([])
    })

    test('a year of the calendar is kept, whatever the clock said', async () => {
      const { histories, neighbours, passDays } = await make()
      await neighbours.put(neighbour(near))
      await histories.add([day(1, { contacts: 1 }), day(99_999, { contacts: 1 })])
      await passDays(366)
      await histories.prune()
      expect(await histories.days(near, 10)).toHaveLength(2)
      await histories.add([day(99_999, { contacts: 1 })])
      await passDays(1)
      await histories.prune()
      expect((await histories.days(near, 10)).map(({ date }) => date)).toEqual([99_999])
    })
  })
}
