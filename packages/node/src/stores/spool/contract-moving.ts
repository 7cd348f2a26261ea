/** What every spool must do when a node moves in or out. */
import { describe, expect, test } from 'vitest'
import { node, outbound, receive, type SpoolFactory, stage } from './contract.ts'

const at = 1_700_000_000_000
const [there, elsewhere] = [node(2), node(4)] as const

export function movingContract(name: string, make: SpoolFactory): void {
  describe(`spool: ${name}, moving`, () => {
    test.each([100, 5000])('a packet of %i bytes is taken over once, also when it has left since', async size => {
      const spool = await make()
      const { id } = await stage(spool, 1, size)
      expect(await spool.moving.isTakenOver(id)).toBe(false)
      expect(await spool.moving.takeOver(outbound(await stage(spool, 1, size)))).toBe('new')
      expect(await spool.moving.takeOver(outbound(await stage(spool, 1, size)))).toBe('duplicate')
      expect(await spool.outbox.summary()).toEqual([{ nextHop: there, packets: 1, bytes: size }])
      await spool.outbox.release(id, at)
      expect(await spool.moving.isTakenOver(id)).toBe(true)
      expect(await spool.moving.takeOver(outbound(await stage(spool, 1, size)))).toBe('duplicate')
      expect(await spool.outbox.summary()).toEqual([])
    })

    test('what was committed or acknowledged before is not taken over', async () => {
      const spool = await make()
      await spool.outbox.commit([outbound(await stage(spool, 1)), outbound(await stage(spool, 2))])
      const { id } = await stage(spool, 2)
      await spool.outbox.acknowledge(id, there, at)
      expect(await spool.moving.takeOver(outbound(await stage(spool, 1)))).toBe('duplicate')
      expect(await spool.moving.takeOver(outbound(await stage(spool, 2)))).toBe('duplicate')
      expect(await spool.outbox.summary()).toMatchObject([{ packets: 1 }])
    })

    test('packets that another program has dealt with count as seen', async () => {
      const spool = await make()
      const { id } = await stage(spool, 1)
      const waiting = await receive(spool, 2)
      const known = { id, sender: elsewhere }
      expect(await spool.moving.remember([known, { id: waiting.id, sender: there }], at)).toBe(1)
      expect(await spool.moving.remember([known], at + 1)).toBe(0)
      expect(await spool.inbox.seen(id)).toEqual({ sender: elsewhere, at, outcome: 'taken' })
      expect(await spool.inbox.seen(waiting.id)).toMatchObject({ outcome: 'waiting' })
      expect((await receive(spool, 1)).outcome).toBe('duplicate')
    })

    test('all of the inbox and of what was seen is told, a page at a time', async () => {
      const spool = await make()
      const ids = []
      for (const seed of [1, 2, 3]) ids.push((await receive(spool, seed)).id)
      const [first, second, third] = ids.sort()
      if (first === undefined || second === undefined || third === undefined) return expect.unreachable()
      await spool.inbox.retryLater(second, { dueAt: at + 5, reason: 'later' })
      const page = await spool.moving.inbox(null, 2)
      expect(page.map(({ id }) => id)).toEqual([first, second])
      expect(page[0]).toMatchObject({ sender: there, handedBy: there, niceness: 96, sizeBytes: 100 })
      expect((await spool.moving.inbox(second, 2)).map(({ id }) => id)).toEqual([third])
      await spool.inbox.finish(first, { at, outbound: [] })
      await spool.inbox.quarantine(second, { reason: 'x', outcome: 'refused', at, outbound: [] })
      await spool.inbox.finish(third, { at, outbound: [] })
      expect(await spool.moving.seen(null, 9)).toEqual([first, third].map(id => ({ id, sender: there })))
      expect(await spool.moving.seen(first, 1)).toEqual([{ id: third, sender: there }])
    })

    test('what was taken over is forgotten after a year', async () => {
      const spool = await make()
      const { id } = await stage(spool, 1)
      await spool.moving.takeOver(outbound(await stage(spool, 1)))
      await spool.outbox.release(id, at)
      for (let day = 1; day <= 368; day += 1) await spool.prune(at + day * 86_400_000)
      expect(await spool.moving.isTakenOver(id)).toBe(false)
    })
  })
}
