/** What every spool must do with packets that it has lost and asks for. */
import { describe, expect, test } from 'vitest'
import { node, receive, type SpoolFactory } from './contract.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000
const [sender, relay, stranger] = [node(2), node(3), node(4)] as const

export function askedContract(name: string, make: SpoolFactory): void {
  describe(`spool, asking again: ${name}`, () => {
    test('a lost packet is asked for once a day until it comes, or a person lets go of it', async () => {
      const spool = await make()
      const { id } = await receive(spool, 1, { sizeBytes: 100 })
      const lost = { id, sender, handedBy: relay, sizeBytes: 100, at }
      await spool.scrub.setAside(id, { reason: 'damaged', at, lost })
      expect(await spool.asked.due(10)).toEqual([{ ...lost, asked: false, gone: [] }])
      await spool.prune(at)
      await spool.asked.markAsked([id])
      expect(await spool.asked.due(10)).toEqual([])
      expect(await spool.asked.list(10)).toMatchObject([{ id, asked: true }])
      await spool.prune(at + dayMs)
      expect(await spool.asked.due(10)).toMatchObject([{ id }])
      expect((await receive(spool, 1, { sizeBytes: 100 })).outcome).toBe('new')
      expect(await spool.asked.list(10)).toEqual([])
    })

    test('only who was asked can say that it is gone, and says it once', async () => {
      const spool = await make()
      const { id } = await receive(spool, 1, { sizeBytes: 100 })
      await spool.scrub.setAside(id, {
        reason: 'damaged',
        at,
        lost: { id, sender, handedBy: relay, sizeBytes: 100, at },
      })
      expect(await spool.asked.noteGone([id], stranger)).toEqual([])
      expect(await spool.asked.noteGone([id], relay)).toEqual([id])
      expect(await spool.asked.noteGone([id], relay)).toEqual([])
      expect(await spool.asked.noteGone([id], sender)).toEqual([id])
      expect(await spool.asked.list(10)).toMatchObject([{ gone: [relay, sender] }])
      await spool.quarantine.remove((await spool.quarantine.list(1))[0]?.number ?? 0)
      expect(await spool.asked.list(10)).toEqual([])
    })

    test('nothing is asked for that was set aside without knowing from whom', async () => {
      const spool = await make()
      const { id } = await receive(spool, 1, { sizeBytes: 100 })
      await spool.scrub.setAside(id, { reason: 'damaged', at })
      expect(await spool.asked.list(10)).toEqual([])
    })
  })
}
