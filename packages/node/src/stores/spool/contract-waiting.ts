/** What every spool must know of letters that wait. Run by the real store and by its twin in memory. */
import { describe, expect, test, vi } from 'vitest'
import { node, outbound, type SpoolFactory, stage } from './contract.ts'
import type { Envelope } from './envelope.ts'
import type { NewOutbound, Spool } from './spool.ts'

const dayMs = 24 * 60 * 60 * 1000
const at = 1_700_000_000_000
const there = node(2)
const envelope: Envelope = { returnPath: 'alice@here', recipients: ['bob@there'] }
const eager: Envelope = { ...envelope, wishes: { recipients: { 'bob@there': { notify: ['success'] } } } }

async function put(spool: Spool, seed: number, changes: Partial<NewOutbound> = {}) {
  const staged = await stage(spool, seed)
  await spool.outbox.commit([outbound(staged, { envelope, messageId: `${seed}@x`, ...changes })])
  return staged.id
}

async function pass(spool: Spool, days: number, from = at): Promise<void> {
  for (let day = 0; day < days; day += 1) await spool.prune(from + day * dayMs)
}

const overdue = async (spool: Spool, days: number, more: { warned?: boolean; after?: number; limit?: number } = {}) => {
  const letters = await spool.waiting.overdue({ warned: false, after: 0, limit: 10, days, ...more })
  return letters.map(({ messageId }) => messageId)
}

export function waitingContract(name: string, make: SpoolFactory): void {
  describe(`letters that wait: ${name}`, () => {
    test('are overdue after so many days of the calendar, in the order in which they came', async () => {
      const spool = await make()
      await pass(spool, 1)
      await put(spool, 1, { niceness: 200 })
      await put(spool, 2, { niceness: 10 })
      await pass(spool, 2, at + dayMs)
      await put(spool, 3)
      expect(await overdue(spool, 3)).toEqual([])
      expect(await overdue(spool, 2)).toEqual(['1@x', '2@x'])
      expect(await overdue(spool, 0)).toEqual(['1@x', '2@x', '3@x'])
      expect(await overdue(spool, 0, { limit: 1 })).toEqual(['1@x'])
      const [first] = await spool.waiting.overdue({ warned: false, days: 0, after: 0, limit: 1 })
      expect(first).toMatchObject({ envelope, at, copied: false })
      expect(await overdue(spool, 0, { after: first?.sequence ?? 0 })).toEqual(['2@x', '3@x'])
    })

    test('grow no older by a clock that jumps than by a day', async () => {
      const spool = await make()
      await pass(spool, 1)
      await put(spool, 1)
      for (const now of [at + 366 * dayMs, at + 366 * dayMs + 1000, at + 366 * dayMs + 2000]) await spool.prune(now)
      expect(await overdue(spool, 1)).toEqual(['1@x'])
      expect(await overdue(spool, 2)).toEqual([])
      await spool.prune(0)
      expect(await overdue(spool, 3)).toEqual([])
    })

    test('only letters: no file, no ack, nothing of others', async () => {
      const spool = await make()
      for (const [seed, kind] of [
        [1, 'letter'],
        [2, 'ack'],
        [3, 'relayed'],
      ] as const) {
        await spool.outbox.commit([outbound(await stage(spool, seed), { kind, messageId: null })])
      }
      expect(await overdue(spool, 0)).toEqual([])
    })

    test('whose senders were warned are apart; a copy on a medium is known', async () => {
      const spool = await make()
      const [one, two] = [await put(spool, 1), await put(spool, 2)]
      await spool.outbox.copied(two, 'stick', at)
      await spool.waiting.markWarned([two], at)
      expect(await overdue(spool, 0)).toEqual(['1@x'])
      const warned = await spool.waiting.overdue({ warned: true, days: 0, after: 0, limit: 10 })
      expect(warned).toMatchObject([{ id: two, copied: true }])
      await spool.outbox.release(one, at)
      expect(await overdue(spool, 0)).toEqual([])
    })

    test('leave with their bytes and their excerpts when they are given up', async () => {
      const spool = await make()
      const excerpt = { whole: false, bytes: Buffer.from('Subject: x\r\n') }
      const id = await put(spool, 1, { excerpt, envelope: eager })
      const other = await put(spool, 2)
      const kept = await spool.waiting.excerpt(id)
      expect({ ...kept, bytes: Buffer.from(kept?.bytes ?? []) }).toEqual(excerpt)
      expect(await spool.waiting.excerpt(other)).toBeUndefined()
      await spool.waiting.abandon([id, 'A'.repeat(52)], { kind: 'failed', at })
      expect(await spool.outbox.get(id)).toBeUndefined()
      expect(await spool.outbox.open(id)).toBeUndefined()
      expect(await spool.waiting.excerpt(id)).toBeUndefined()
      expect(await spool.waiting.handedOver({ after: 0, limit: 10 })).toEqual([])
      expect((await spool.outbox.summary())[0]?.packets).toBe(1)
    })

    test('that were handed over are told of, if somebody wants to hear it', async () => {
      const spool = await make()
      const hint = vi.fn()
      spool.waiting.onHandedOver(hint)
      const acked = await put(spool, 1, { envelope: eager })
      const copied = await put(spool, 2, { envelope: eager })
      const silent = await put(spool, 3)
      expect(await spool.outbox.acknowledge(acked, node(9), at)).toBe(false)
      expect(hint).not.toHaveBeenCalled()
      await spool.outbox.acknowledge(acked, there, at)
      await spool.outbox.release(copied, at)
      await spool.outbox.acknowledge(silent, there, at)
      expect(hint).toHaveBeenCalledTimes(2)
      const left = await spool.waiting.handedOver({ after: 0, limit: 10 })
      expect(left).toMatchObject([
        { messageId: '1@x', envelope: eager, at },
        { messageId: '2@x', envelope: eager, at },
      ])
      await spool.waiting.forgetHandedOver([left[0]?.sequence ?? 0])
      expect(await spool.waiting.handedOver({ after: 0, limit: 10 })).toEqual([left[1]])
    })

    test('a report of the same name is committed once', async () => {
      const spool = await make()
      await put(spool, 1, { once: 'failed.1@here' })
      await put(spool, 2, { once: 'failed.1@here' })
      await put(spool, 3, { once: 'failed.3@here' })
      expect(await overdue(spool, 0)).toEqual(['1@x', '3@x'])
    })
  })
}
