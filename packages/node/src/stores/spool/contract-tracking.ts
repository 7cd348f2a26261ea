/** What every spool tells the journeys, in the commit of what it tells of. */
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Journeys } from '../journeys/journeys.ts'
import { node, outbound, stage } from './contract.ts'
import type { NewOutbound, Spool } from './spool.ts'

const at = 1_700_000_000_000
const [there, relay] = [node(2), node(3)] as const
const envelope = { returnPath: 'alice@camp.alt', recipients: ['bob@hut.alt', 'carol@hut.alt'] }

async function stationsOf(journeys: Journeys): Promise<readonly (readonly unknown[])[][]> {
  const found = await journeys.ofMessage('m@example', { sender: null, limit: 10 })
  return found.map(({ stations }) =>
    stations.slice(1).map(({ kind, where, road, evidence }) => [kind, where, road, evidence]),
  )
}

export function trackingContract(name: string, make: () => Promise<{ spool: Spool; journeys: Journeys }>): void {
  describe(`spool and journeys: ${name}`, () => {
    async function sent(changes: Partial<NewOutbound> = {}) {
      const { spool, journeys } = await make()
      const staged = await stage(spool, 1)
      await spool.outbox.commit([outbound(staged, { envelope, tracked: true, ...changes })])
      return { spool, journeys, id: staged.id }
    }

    test('a letter is sealed, copied, handed to its node, for both of its recipients', async () => {
      const { spool, journeys, id } = await sent()
      await spool.outbox.copied(id, 'blue-1', at + 1)
      await spool.outbox.copied(id, 'blue-1', at + 2)
      await spool.outbox.acknowledge(id, there, at + 3, { road: 'tcp://hut:5400' })
      const stations = [
        ['sealed', there, null, null],
        ['copied', null, 'blue-1', null],
        ['handed', there, 'tcp://hut:5400', null],
        ['arrived', there, 'tcp://hut:5400', null],
      ]
      expect(await stationsOf(journeys)).toEqual([stations, stations])
    })

    test('a letter that waits is found by its id, with its copies', async () => {
      const letter = 'L'.repeat(52) as PacketId
      const { spool, id } = await sent({ nextHop: relay, letter })
      for (const medium of ['red-2', 'blue-1', 'blue-1']) await spool.outbox.copied(id, medium, at)
      const waiting = { id, nextHop: relay, destination: there, copies: ['blue-1', 'red-2'] }
      expect(await spool.outbox.ofLetter(letter)).toMatchObject([waiting])
      await spool.outbox.commit([outbound(await stage(spool, 2))])
      const other = (await stage(spool, 2)).id
      expect(await spool.outbox.ofLetter(other)).toMatchObject([{ id: other, copies: [] }])
      await spool.outbox.acknowledge(id, relay, at)
      expect(await spool.outbox.ofLetter(letter)).toEqual([])
    })

    test('handed to a relay it has not arrived; its letter is what its destination will see', async () => {
      const letter = 'L'.repeat(52) as PacketId
      const { spool, journeys, id } = await sent({ nextHop: relay, letter })
      const evidence = 'E'.repeat(52) as PacketId
      expect(await spool.outbox.acknowledge(id, node(9), at)).toBe(false)
      await spool.outbox.acknowledge(id, relay, at, { evidence })
      const stations = [
        ['sealed', there, null, id],
        ['handed', relay, null, evidence],
      ]
      expect(await stationsOf(journeys)).toEqual([stations, stations])
      expect((await journeys.ofLetter(letter)).map(({ state }) => state)).toEqual(['handed', 'handed'])
    })

    test('of others than the letters of people here nothing is noted', async () => {
      const { spool, journeys, id } = await sent({ tracked: false })
      await spool.outbox.copied(id, 'blue-1', at)
      await spool.outbox.release(id, at)
      expect(await journeys.last({ sender: null, limit: 1 })).toEqual([])
    })

    test('waiting, given up, and damaged', async () => {
      const { spool, journeys, id } = await sent()
      await spool.waiting.markWarned([id], at)
      await spool.waiting.abandon([id], { kind: 'returned', at })
      await spool.outbox.commit([outbound(await stage(spool, 2), { envelope, tracked: true })])
      await spool.scrub.setAside((await stage(spool, 2)).id, { reason: 'damaged', at })
      const kinds = (await stationsOf(journeys)).map(stations => stations.map(([kind]) => kind))
      expect(kinds[0]).toEqual(['sealed', 'delayed', 'returned', 'sealed', 'failed'])
    })

    test('what leaves without an answer is still what it was', async () => {
      const { spool, journeys, id } = await sent()
      await spool.outbox.copied(id, 'blue-1', at)
      await spool.outbox.release(id, at)
      const found = await journeys.ofMessage('m@example', { sender: null, limit: 10 })
      expect(found.map(({ state }) => state)).toEqual(['copied', 'copied'])
    })

    test('a report that was sent before begins nothing', async () => {
      const { spool, journeys } = await sent({ once: 'report' })
      const again = outbound(await stage(spool, 2), { envelope, tracked: true, once: 'report' })
      await spool.outbox.commit([again])
      expect((await stationsOf(journeys))[0]).toHaveLength(1)
    })
  })
}
