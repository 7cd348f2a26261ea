/** What every queue tells the journeys. */
import { describe, expect, test } from 'vitest'
import type { Journeys } from '../journeys/journeys.ts'
import { letterTo } from './contract.ts'
import type { QueueStore } from './queue.ts'

const at = 1_700_000_000_000
const [ann, ben] = ['ann@x.example', 'ben@x.example'] as const

export function trackingContract(name: string, make: () => Promise<{ queue: QueueStore; journeys: Journeys }>): void {
  describe(`queue and journeys: ${name}`, () => {
    const stationsOf = async (journeys: Journeys) => {
      const found = await journeys.ofMessage('one@camp', { sender: null, limit: 10 })
      const stations = found.map(journey => [
        journey.recipient,
        journey.stations.map(({ kind, road, reason }) => [kind, road, reason]),
      ])
      return Object.fromEntries(stations) as Record<string, unknown>
    }

    test('each recipient waits, is taken by the other system, or fails with its reason', async () => {
      const { queue, journeys } = await make()
      await queue.put(letterTo([ann, ben], { tracked: true }))
      const [due] = await queue.due('out', at, 1)
      const id = due?.id ?? 0
      await queue.warned(id, at)
      await queue.conclude(id, { done: [ann], failed: [], later: null, at })
      const end = { kind: 'returned', reason: 'nobody answers' } as const
      await queue.conclude(id, { done: [], failed: [ben], end, later: null, at })
      const begin = [
        ['accepted', null, null],
        ['delayed', 'out', null],
      ]
      expect(await stationsOf(journeys)).toEqual({
        [ann]: [...begin, ['outside', 'out', null]],
        [ben]: [...begin, ['returned', 'out', 'nobody answers']],
      })
    })

    test('of letters of others nothing is noted', async () => {
      const { queue, journeys } = await make()
      await queue.put(letterTo([ann]))
      const [due] = await queue.due('out', at, 1)
      await queue.conclude(due?.id ?? 0, { done: [ann], failed: [], later: null, at })
      expect(await stationsOf(journeys)).toEqual({})
    })
  })
}
