/** What every spool must do for a person who looks into it. Run by the real store and by its twin in memory. */
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import { node, outbound, receive, type SpoolFactory, stage } from './contract.ts'

const at = 1_700_000_000_000
const never = new AbortController().signal
const [there, relay] = [node(2), node(3)] as const

export function lookingContract(name: string, make: SpoolFactory): void {
  describe(`looking into the spool: ${name}`, () => {
    test('what waits is counted by neighbour and niceness, with the oldest', async () => {
      const spool = await make()
      await spool.outbox.commit([outbound(await stage(spool, 1), { at: at + 5 }), outbound(await stage(spool, 2))])
      await spool.outbox.commit([outbound(await stage(spool, 3, 5000), { nextHop: relay, niceness: 224 })])
      await receive(spool, 4)
      await receive(spool, 5, { niceness: 9 })
      const one = { packets: 1, bytes: 100, oldestAt: at }
      expect(await spool.counts()).toEqual([
        { room: 'inbox', neighbour: there, niceness: 9, ...one },
        { room: 'inbox', neighbour: there, niceness: 96, ...one },
        { room: 'outbox', neighbour: there, niceness: 96, packets: 2, bytes: 200, oldestAt: at },
        { room: 'outbox', neighbour: relay, niceness: 224, packets: 1, bytes: 5000, oldestAt: at },
      ])
    })

    test('a packet that is raised goes first, by pages and by counts; one that has left cannot be', async () => {
      const spool = await make()
      const staged = [await stage(spool, 1), await stage(spool, 2), await stage(spool, 3)] as const
      const [first, second, third] = staged.map(({ id }) => id) as [PacketId, PacketId, PacketId]
      await spool.outbox.commit(staged.map(one => outbound(one)))
      expect(await spool.outbox.setNiceness(third, 1)).toBe(true)
      expect(await spool.outbox.setNiceness(first, 255)).toBe(true)
      const [head] = await spool.outbox.page(there, { after: null, limit: 1 })
      expect(head).toMatchObject({ id: third, niceness: 1 })
      const rest = await spool.outbox.page(there, { after: head?.cursor ?? null, limit: 5 })
      expect(rest.map(({ id }) => id)).toEqual([second, first])
      expect((await spool.counts()).map(({ niceness }) => niceness)).toEqual([1, 96, 255])
      expect(await spool.outbox.summary()).toEqual([{ nextHop: there, packets: 3, bytes: 300 }])
      await spool.outbox.acknowledge(third, there, at)
      expect(await spool.outbox.setNiceness(third, 5)).toBe(false)
    })

    test('who listens hears of each packet that comes and leaves, once, until they stop', async () => {
      const spool = await make()
      const heard: unknown[] = []
      const stops = [spool.outbox.onLeft(left => heard.push(left)), spool.inbox.onCame(came => heard.push(came))]
      const staged = [await stage(spool, 1), await stage(spool, 2), await stage(spool, 3)] as const
      const [first, second, third] = staged.map(({ id }) => id) as [PacketId, PacketId, PacketId]
      await spool.outbox.commit(staged.map(one => outbound(one)))
      await spool.outbox.acknowledge(first, relay, at + 1)
      await spool.outbox.acknowledge(first, there, at + 2)
      await spool.outbox.acknowledge(first, there, at + 3)
      await spool.outbox.release(second, at + 4)
      const left = { nextHop: there, kind: 'letter', sizeBytes: 100, since: at }
      expect(heard).toEqual([
        { ...left, at: at + 2 },
        { ...left, at: at + 4 },
      ])
      await receive(spool, 4, { handedBy: relay })
      await receive(spool, 4, { handedBy: relay })
      expect(heard.slice(2)).toEqual([{ handedBy: relay, sizeBytes: 100, at }])
      for (const stop of stops) stop()
      await spool.outbox.acknowledge(third, there, at)
      await receive(spool, 5)
      expect(heard).toHaveLength(3)
    })

    test('the inbox is paged by who brought it; what is removed counts as seen, until that is forgotten', async () => {
      const { inbox, ...spool } = await make()
      const ids: string[] = []
      for (const seed of [1, 2, 3]) ids.push((await receive({ inbox, ...spool }, seed)).id)
      const [first, second] = await inbox.page(there, { after: 0, limit: 2 })
      expect([first?.id, second?.id]).toEqual(ids.slice(0, 2))
      expect(await inbox.page(there, { after: second?.cursor ?? 0, limit: 2 })).toMatchObject([{ id: ids[2] }])
      expect(await inbox.page(relay, { after: 0, limit: 2 })).toEqual([])
      const id = first?.id ?? expect.unreachable()
      expect(await inbox.get(id)).toMatchObject({ id, sender: there, niceness: 96 })
      await inbox.remove(id, at)
      expect(await inbox.get(id)).toBeUndefined()
      expect(await inbox.seen(id)).toEqual({ sender: there, at, outcome: 'refused' })
      expect((await receive({ inbox, ...spool }, 1)).outcome).toBe('duplicate')
      const [others, early] = [
        { sender: relay, until: at, dryRun: false },
        { sender: null, until: at - 1, dryRun: false },
      ]
      expect([await inbox.forgetSeen(others), await inbox.forgetSeen(early)]).toEqual([0, 0])
      expect(await inbox.forgetSeen({ sender: there, until: at, dryRun: true })).toBe(1)
      expect(await inbox.forgetSeen({ sender: there, until: at, dryRun: false })).toBe(1)
      expect((await receive({ inbox, ...spool }, 1)).outcome).toBe('new')
    })

    test('sound bodies are found sound, page by page', async () => {
      const spool = await make()
      await spool.outbox.commit([outbound(await stage(spool, 1)), outbound(await stage(spool, 2, 5000))])
      await receive(spool, 3, { sizeBytes: 5000 })
      const { id } = await receive(spool, 4)
      await spool.inbox.quarantine(id, { reason: 'x', outcome: 'taken', at, outbound: [] })
      expect(await spool.scrub.total()).toEqual({ packets: 4, bytes: 10_200 })
      const [one, two] = await spool.scrub.page(null, 2)
      const rest = await spool.scrub.page(two?.id ?? null, 5)
      const all = [one, two, ...rest]
      expect(new Set(all.map(body => body?.id)).size).toBe(4)
      let bytes = 0
      const pace = async (more: number) => {
        bytes += more
      }
      for (const body of all) {
        const state = await spool.scrub.verify(body?.id ?? expect.unreachable(), { signal: never, pace })
        expect(state).toBe('sound')
      }
      expect(bytes).toBe(10_200)
      await spool.inbox.remove(id, at)
      const unknown = (await stage(spool, 9)).id
      expect(await spool.scrub.verify(unknown, { signal: never, pace })).toBe('gone')
      expect(await spool.scrub.setAside(unknown, { reason: 'x', at })).toBe(false)
    })

    test('a message of an area that only a damaged packet held may be heard again', async () => {
      const spool = await make()
      const { id } = await receive(spool, 1)
      const message = { id: (await stage(spool, 2)).id, passedOn: true, actedOn: false, heldBy: id }
      const options = { reason: 'x', outcome: 'taken', at, outbound: [], heard: message } as const
      await spool.inbox.quarantine(id, options)
      expect(await spool.inbox.heard(message.id)).toEqual(message)
      await spool.scrub.setAside(id, { reason: 'damaged', at })
      expect(await spool.inbox.heard(message.id)).toBeUndefined()
    })

    test.each([100, 5000])('a body of %i bytes that is set aside is noted, and comes in again', async sizeBytes => {
      const spool = await make()
      const waiting = await receive(spool, 1, { sizeBytes })
      const kept = await receive(spool, 2, { sizeBytes })
      await spool.inbox.quarantine(kept.id, { reason: 'first', outcome: 'taken', at, outbound: [] })
      const staged = await stage(spool, 3, sizeBytes)
      await spool.outbox.commit([outbound(staged)])
      for (const { id } of [waiting, kept, staged]) {
        expect(await spool.scrub.setAside(id, { reason: 'damaged', at })).toBe(true)
        expect(await spool.scrub.setAside(id, { reason: 'damaged', at })).toBe(false)
        expect(await spool.inbox.seen(id)).toBeUndefined()
      }
      const facts = { sizeBytes, at, kept: false }
      expect(await spool.quarantine.list(10)).toEqual([
        { number: expect.any(Number), name: staged.id, reason: 'damaged', source: 'outbox', ...facts },
        { number: expect.any(Number), name: kept.id, reason: 'damaged; before that: first', source: 'stick', ...facts },
        { number: expect.any(Number), name: waiting.id, reason: 'damaged', source: 'stick', ...facts },
      ])
      expect(await spool.counts()).toEqual([])
      expect(await spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
      expect(await spool.inbox.summary()).toEqual({ packets: 0, bytes: 0 })
      const [entry] = await spool.quarantine.list(1)
      expect(await spool.quarantine.retry(entry?.number ?? 0, at)).toBe('not-kept')
      for (const seed of [1, 2]) expect((await receive(spool, seed, { sizeBytes })).outcome).toBe('new')
      expect(await spool.quarantine.remove(entry?.number ?? 0)).toBe(true)
    })
  })
}
