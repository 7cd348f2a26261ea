/** What every spool must do with messages of areas. */
import { areaMessageIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import { outbound, receive, type SpoolFactory, stage } from './contract.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000
const id = areaMessageIdFromBytes(new Uint8Array(32).fill(9))
const done = { id, passedOn: true, actedOn: true, heldBy: null } as const

export function heardContract(name: string, make: SpoolFactory): void {
  describe(`spool, messages of areas: ${name}`, () => {
    test('a message is remembered with the packet that brought it, or with our own copies of it', async () => {
      const spool = await make()
      const { inbox, outbox } = spool
      const brought = await receive(spool, 1)
      expect(await inbox.heard(id)).toBeUndefined()
      await inbox.finish(brought.id, { at, outbound: [], heard: done })
      expect(await inbox.heard(id)).toEqual(done)
      const own = { ...done, id: areaMessageIdFromBytes(new Uint8Array(32).fill(8)) }
      await outbox.commit([outbound(await stage(spool, 2))], own)
      expect(await inbox.heard(own.id)).toEqual(own)
    })

    test('one that was set aside is known by its packet, until it was acted on', async () => {
      const spool = await make()
      const { id: packet } = await receive(spool, 1)
      const heard = { id, passedOn: true, actedOn: false, heldBy: packet }
      await spool.inbox.quarantine(packet, { reason: 'not yet', outcome: 'taken', at, outbound: [], heard })
      expect(await spool.inbox.heard(id)).toEqual(heard)
      await spool.quarantine.retry((await spool.quarantine.list(1))[0]?.number ?? 0, at)
      expect(await spool.inbox.heard(id)).toEqual(heard)
      await spool.inbox.finish(packet, { at, outbound: [], heard: done })
      expect(await spool.inbox.heard(id)).toEqual(done)
    })

    test('one that is tried again later is known by what was done of it, and its copies have left', async () => {
      const spool = await make()
      const { id: packet } = await receive(spool, 1)
      const heard = { id, passedOn: true, actedOn: false, heldBy: packet }
      const copies = [outbound(await stage(spool, 2, 5000)), outbound(await stage(spool, 3))]
      await spool.inbox.retryLater(packet, { dueAt: at + 5, reason: 'busy', outbound: copies, heard })
      expect(await spool.inbox.heard(id)).toEqual(heard)
      expect(await spool.outbox.summary()).toMatchObject([{ packets: 2, bytes: 5100 }])
      expect(await spool.inbox.due(at + 5, 1)).toMatchObject([{ id: packet, attempts: 1 }])
    })

    test('one that waits in a lane is known by what was done of it, and its copies have left', async () => {
      const spool = await make()
      const { id: packet } = await receive(spool, 1)
      const heard = { id, passedOn: true, actedOn: false, heldBy: packet }
      const part = { outbound: [outbound(await stage(spool, 2, 5000))], heard }
      await spool.inbox.assign(packet, 'exec a', part)
      expect(await spool.inbox.heard(id)).toEqual(heard)
      expect(await spool.outbox.summary()).toMatchObject([{ packets: 1, bytes: 5000 }])
      expect(await spool.inbox.due(at, 1, 'exec a')).toMatchObject([{ id: packet, attempts: 0 }])
      await spool.inbox.remove(packet, at)
      await spool.inbox.assign(packet, 'exec a', { outbound: [], heard: done })
      expect(await spool.inbox.heard(id)).toEqual(heard)
    })

    test('a packet that is not in the inbox makes nothing heard', async () => {
      const spool = await make()
      const { id: packet } = await receive(spool, 1)
      await spool.inbox.finish(packet, { at, outbound: [] })
      await spool.inbox.finish(packet, { at, outbound: [], heard: done })
      expect(await spool.inbox.heard(id)).toBeUndefined()
    })

    test('it is forgotten after a year of days, not for a jump of the clock', async () => {
      const spool = await make()
      const { id: packet } = await receive(spool, 1)
      await spool.inbox.finish(packet, { at, outbound: [], heard: done })
      await spool.prune(at + 400 * dayMs)
      for (let day = 1; day <= 360; day += 1) await spool.prune(at + day * dayMs)
      expect(await spool.inbox.heard(id)).toBeDefined()
      for (let day = 361; day <= 400; day += 1) await spool.prune(at + day * dayMs)
      expect(await spool.inbox.heard(id)).toBeUndefined()
    })
  })
}
