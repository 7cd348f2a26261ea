/** What every store of journeys must do with the roads by which letters came. */
import { type NodeId, nodeIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { JourneysRig } from './contract.ts'
import type { Arrival } from './journeys.ts'
import { journeyLimits } from './limits.ts'

const at = 1_700_000_000_000
const hut: NodeId = nodeIdFromBytes(new Uint8Array(32).fill(7))

function arrival(changes: Partial<Arrival> = {}): Arrival {
  const facts = { road: 'blue-1', broughtBy: hut, takenInAt: at, at: at + 5 }
  return { user: 'bob', messageId: 'one@camp', ...facts, ...changes }
}

export function arrivalsContract(name: string, make: () => Promise<JourneysRig>): void {
  describe(`arrivals: ${name}`, () => {
    test('are told of those that are asked for, and to whom they came', async () => {
      const { journeys, commit } = await make()
      await commit(notes => {
        notes.noteArrival(arrival())
        notes.noteArrival(arrival({ user: 'carol', road: null, broughtBy: null }))
        notes.noteArrival(arrival({ messageId: 'two@camp', at: at + 9.5 }))
      })
      expect(await journeys.arrivals('bob', ['two@camp', 'none@camp', 'one@camp'])).toEqual([
        arrival({ messageId: 'two@camp', at: at + 9 }),
        arrival(),
      ])
      expect(await journeys.arrivals('carol', ['one@camp', 'two@camp'])).toEqual([
        arrival({ user: 'carol', road: null, broughtBy: null }),
      ])
      expect(await journeys.arrivals('eve', ['one@camp'])).toEqual([])
    })

    test('of a letter that came by two roads the first counts', async () => {
      const { journeys, commit } = await make()
      await commit(notes => notes.noteArrival(arrival()))
      await commit(notes => notes.noteArrival(arrival({ road: 'tcp://hut:5400', at: at + 99 })))
      expect(await journeys.arrivals('bob', ['one@camp'])).toEqual([arrival()])
    })

    test('arrivals-fill: long names are cut, and found by the whole', async () => {
      const { journeys, commit } = await make()
      const messageId = `${'x'.repeat(5000)}@camp`
      await commit(notes => notes.noteArrival(arrival({ messageId, road: `\u001b[31m${'y'.repeat(5000)}` })))
      const [found] = await journeys.arrivals('bob', [messageId])
      expect(found?.messageId).toBe(messageId)
      expect(found?.road).toMatch(/^\ufffd\[31my+$/)
      expect(found?.road).toHaveLength(journeyLimits.roadLettersMax)
    })

    test('are forgotten after their days, with no days at once, and with who lived here', async () => {
      const { journeys, commit, passDays } = await make()
      await commit(notes => notes.noteArrival(arrival()))
      await passDays(5)
      await commit(notes => {
        notes.noteArrival(arrival({ messageId: 'two@camp' }))
        notes.noteArrival(arrival({ user: 'carol' }))
      })
      await journeys.prune(6)
      const known = async (user = 'bob') =>
        (await journeys.arrivals(user, ['one@camp', 'two@camp'])).map(({ messageId }) => messageId)
      expect(await known()).toEqual(['one@camp', 'two@camp'])
      await passDays(1)
      await journeys.prune(6)
      expect(await known()).toEqual(['two@camp'])
      await commit(notes => notes.forgetArrivals('carol'))
      expect([await known('carol'), await known()]).toEqual([[], ['two@camp']])
      await journeys.prune(0)
      expect(await known()).toEqual([])
    })
  })
}
