/** What every spool must know of packets that were taken back. Run by the real store and by its twin in memory. */
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import { node, outbound, read, receive, type SpoolFactory, stage } from './contract.ts'
import { spoolLimits } from './limits.ts'
import { type NewTombstone, wholePacket } from './tombstone.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000
const [sender, other, next] = [node(2), node(3), node(4)] as const

function stone(letter: PacketId, changes: Partial<NewTombstone> = {}): NewTombstone {
  return { letter, sender, reason: 'recalled', recipients: ['bob@here'], ...changes }
}

export function tombstonesContract(name: string, make: SpoolFactory): void {
  describe(`packets that were taken back: ${name}`, () => {
    test('are known by packet and sender, each recipient apart, and what came of one stays', async () => {
      const spool = await make()
      const { tombstones } = spool
      const { id } = await stage(spool, 1)
      expect(await tombstones.get(id, sender)).toEqual([])
      await tombstones.put(stone(id, { recipients: ['bob@here', 'eve@here'] }))
      const before = { reason: 'recalled', wasHere: false, outcome: null } as const
      expect(await tombstones.get(id, sender)).toEqual([
        { recipient: 'bob@here', ...before },
        { recipient: 'eve@here', ...before },
      ])
      expect(await tombstones.get(id, other)).toEqual([])
      await tombstones.conclude(stone(id), 'dropped')
      await tombstones.conclude(stone(id), 'late')
      await tombstones.conclude(stone(id, { sender: other }), 'late')
      await tombstones.put(stone(id, { reason: 'expired' }))
      expect(await tombstones.get(id, sender)).toMatchObject([{ outcome: 'dropped' }, { outcome: null }])
      expect((await tombstones.get(id, sender))[0]?.reason).toBe('recalled')
    })

    test('know whether they had come from that sender', async () => {
      const spool = await make()
      const [waiting, taken] = [await receive(spool, 1), await receive(spool, 2)]
      await spool.inbox.finish(taken.id, { at, outbound: [] })
      for (const { id } of [waiting, taken]) {
        await spool.tombstones.put(stone(id))
        await spool.tombstones.put(stone(id, { sender: other }))
        expect(await spool.tombstones.get(id, sender)).toMatchObject([{ wasHere: true }])
        expect(await spool.tombstones.get(id, other)).toMatchObject([{ wasHere: false }])
      }
    })

    test('go back from where they were set aside, if they were taken and are that sender’s', async () => {
      const spool = await make()
      const [taken, refused] = [await receive(spool, 1), await receive(spool, 2)]
      const reason = 'a reason'
      await spool.inbox.quarantine(taken.id, { reason, outcome: 'taken', at, outbound: [] })
      await spool.inbox.quarantine(refused.id, { reason, outcome: 'refused', at, outbound: [] })
      expect(await spool.tombstones.exhume(taken.id, other, at)).toBe(false)
      expect(await spool.tombstones.exhume(refused.id, sender, at)).toBe(false)
      expect(await spool.quarantine.count()).toBe(2)
      expect(await spool.tombstones.exhume(taken.id, sender, at)).toBe(true)
      expect(await spool.tombstones.exhume(taken.id, sender, at)).toBe(false)
      expect(await spool.quarantine.count()).toBe(1)
      expect((await spool.inbox.due(at, 9)).map(({ id }) => id)).toEqual([taken.id])
      expect((await read(await spool.inbox.open(taken.id)))?.length).toBe(100)
    })

    test('are not passed on, if they came from that sender and are still here', async () => {
      const spool = await make()
      const [plain, wrapped] = [await stage(spool, 1, 5000), await stage(spool, 2)]
      const inner = (await stage(spool, 3)).id
      const relayed = { nextHop: next, destination: next, kind: 'relayed', messageId: null } as const
      await spool.outbox.commit([
        outbound(plain, { ...relayed, relays: { id: plain.id, from: sender } }),
        outbound(wrapped, { ...relayed, relays: { id: inner, from: sender } }),
      ])
      expect(await spool.tombstones.dropRelayed(plain.id, other, at)).toBe('unknown')
      expect(await spool.tombstones.dropRelayed(wrapped.id, sender, at)).toBe('unknown')
      expect(await spool.outbox.wasAcknowledged(plain.id)).toBe(false)
      expect(await spool.tombstones.dropRelayed(plain.id, sender, at)).toBe('dropped')
      expect(await spool.outbox.open(plain.id)).toBeUndefined()
      expect(await spool.outbox.wasAcknowledged(plain.id)).toBe(true)
      expect(await spool.tombstones.dropRelayed(plain.id, sender, at)).toEqual({ nextHop: next, wrapped: false })
      await spool.outbox.acknowledge(wrapped.id, next, at)
      expect(await spool.tombstones.dropRelayed(inner, sender, at)).toEqual({ nextHop: next, wrapped: true })
    })

    test('are as many as one sender may have, and no more; others have room', async () => {
      const spool = await make()
      const { tombstones } = spool
      const { id } = await stage(spool, 1)
      const recipients = Array.from({ length: spoolLimits.tombstonesPerSenderMax }, (_, index) => `${index}@here`)
      expect(await tombstones.put(stone(id, { recipients }))).toBe('kept')
      expect(await tombstones.put(stone(id, { recipients: recipients.slice(0, 3) }))).toBe('kept')
      expect(await tombstones.put(stone(id))).toBe('full')
      expect(await tombstones.get(id, sender)).toHaveLength(recipients.length)
      expect(await tombstones.put(stone(id, { sender: other, recipients: [wholePacket] }))).toBe('kept')
    })

    test('are forgotten after a year of the calendar, and then there is room again', async () => {
      const spool = await make()
      const { id } = await stage(spool, 1)
      await spool.prune(at)
      await spool.tombstones.put(stone(id))
      await spool.prune(at + 5000 * dayMs)
      expect(await spool.tombstones.get(id, sender)).toHaveLength(1)
      for (let day = 1; day <= 367; day += 1) await spool.prune(at + day * dayMs)
      expect(await spool.tombstones.get(id, sender)).toEqual([])
    })
  })
}
