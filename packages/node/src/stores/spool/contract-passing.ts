/** What every spool remembers of letters of others, for relays that tell their senders. */
import { describe, expect, test } from 'vitest'
import { node, outbound, stage } from './contract.ts'
import { spoolLimits } from './limits.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000
const sender = node(4)

export function passingContract(name: string, make: () => Promise<Spool>): void {
  describe(`letters that pass: ${name}`, () => {
    test('are remembered with the commit, where that is asked for, until they were told of', async () => {
      const spool = await make()
      const [told, silent, news] = [await stage(spool, 1), await stage(spool, 2), await stage(spool, 3)]
      const relays = { id: told.id, from: sender, tells: true }
      await spool.outbox.commit([
        outbound(told, { kind: 'relayed', relays }),
        outbound(silent, { kind: 'relayed', relays: { id: silent.id, from: sender } }),
      ])
      const [passed, ...others] = await spool.passing.page(10)
      expect([passed, others]).toEqual([{ number: passed?.number, letter: told.id, node: sender, at }, []])
      await spool.passing.told([passed?.number ?? 0], [outbound(news, { kind: 'ack', nextHop: sender })])
      expect(await spool.passing.page(10)).toEqual([])
      expect((await spool.outbox.page(sender, { after: null, limit: 10 })).map(({ id }) => id)).toEqual([news.id])
    })

    test('are known again by what each relay on their road passes on, and by that relay only', async () => {
      const spool = await make()
      const [staged, inner, outer] = [await stage(spool, 1), (await stage(spool, 2)).id, (await stage(spool, 3)).id]
      const wrappedFor = [
        { node: node(6), packet: inner },
        { node: node(5), packet: outer },
      ]
      await spool.outbox.commit([outbound(staged, { nextHop: node(5), letter: inner, wrappedFor })])
      expect(await spool.passing.ofRelay(node(5), outer)).toBe(inner)
      expect(await spool.passing.ofRelay(node(6), inner)).toBe(inner)
      expect(await spool.passing.ofRelay(node(5), inner)).toBeUndefined()
      expect(await spool.passing.ofRelay(node(7), inner)).toBeUndefined()
      expect(await spool.passing.ofRelay(node(5), staged.id)).toBeUndefined()
    })

    test('are not kept without end', async () => {
      const spool = await make()
      const letters = spoolLimits.passedMax + 5
      const packets = []
      for (let seed = 0; seed < letters; seed += 1) {
        const staged = await stage(spool, seed % 256, 100 + Math.floor(seed / 256))
        packets.push(outbound(staged, { kind: 'relayed', relays: { id: staged.id, from: sender, tells: true } }))
      }
      await spool.outbox.commit(packets)
      const kept = await spool.passing.page(letters)
      expect(kept).toHaveLength(spoolLimits.passedMax)
      expect(kept[0]?.letter).toBe(packets[5]?.staged.id)
    })
  })
}
