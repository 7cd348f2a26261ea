/** What every spool must know of letters of its own that are taken back. Run by the real store and by its twin. */
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Journeys } from '../journeys/index.ts'
import { node, outbound, stage } from './contract.ts'
import type { NewRecall } from './recall.ts'
import type { NewOutbound, Spool } from './spool.ts'

interface Rig {
  readonly spool: Spool
  readonly journeys: Journeys
}

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000
const there = node(2)
const [bob, ben] = ['bob@there', 'ben@there'] as const
const envelope = { returnPath: 'Alice@here', recipients: [bob, ben] } as const

async function write(spool: Spool, seed = 1, changes: Partial<NewOutbound> = {}): Promise<PacketId> {
  const staged = await stage(spool, seed)
  const facts = { envelope, messageId: '1@here', tracked: true }
  await spool.outbox.commit([outbound(staged, { ...facts, ...changes })])
  return staged.id
}

function recall(letter: PacketId, changes: Partial<NewRecall> = {}): NewRecall {
  return {
    ...{ letter, destination: there, messageId: '1@here', sender: 'Alice@here', reason: 'recalled', hasLeft: false },
    ...{ recipients: [bob, ben], everybody: [bob, ben], tombstones: [], asksDestination: true, asksRelays: [], at },
    ...changes,
  }
}

const answersOf = async (spool: Spool) =>
  Object.fromEntries(
    (await spool.recalls.ofMessage('1@here', null)).map(({ recipient, answer }) => [recipient, answer]),
  )

const kindsOf = async ({ journeys }: Rig, recipient: string) => {
  const all = await journeys.ofMessage('1@here', { sender: null, limit: 9 })
  return all.find(one => one.recipient === recipient)?.stations.map(({ kind }) => kind)
}

export function recallsContract(name: string, make: () => Promise<Rig>): void {
  describe(`letters that are taken back: ${name}`, () => {
    test('that nobody has read out of the outbox never left; nobody is asked, and nobody told', async () => {
      const rig = await make()
      const { spool } = rig
      const letter = await write(spool)
      expect(await spool.recalls.waiting('1@here')).toEqual([
        { letter, destination: there, niceness: 96, sender: 'Alice@here', recipients: [bob, ben] },
      ])
      const tombstones = [outbound(await stage(spool, 9), { messageId: null })]
      expect(await spool.recalls.take(recall(letter, { tombstones }))).toBe(true)
      expect(await spool.outbox.summary()).toEqual([])
      expect(await spool.outbox.open(letter)).toBeUndefined()
      expect(await spool.recalls.waiting('1@here')).toEqual([])
      expect(await answersOf(spool)).toEqual({ [bob]: 'kept', [ben]: 'kept' })
      expect(await kindsOf(rig, bob)).toEqual(['accepted', 'sealed', 'recalled'])
      // What it is not asked it does not answer.
      const of = { letter, from: there, recipients: [bob] }
      expect(await spool.recalls.answered(of, 'late', { at, evidence: letter })).toBe(false)
    })

    test('for some is remembered of these, by whatever packet it waits in, unless nobody heeds it', async () => {
      const { spool } = await make()
      const inside = (await stage(spool, 5)).id
      const packet = await write(spool, 1, { letter: inside })
      const other = await write(spool, 2)
      expect(await spool.recalls.takenFrom(packet)).toEqual([])
      await spool.recalls.take(recall(inside, { recipients: [bob], hasLeft: true }))
      await spool.recalls.take(recall(other, { recipients: [ben], hasLeft: true, asksDestination: false }))
      for (const id of [packet, inside]) expect(await spool.recalls.takenFrom(id)).toEqual([bob])
      expect(await spool.recalls.takenFrom(other)).toEqual([])
      await spool.recalls.answered({ letter: inside, from: there, recipients: [bob] }, 'full', { at, evidence: other })
      expect(await spool.recalls.takenFrom(packet)).toEqual([])
    })

    test('that were read, copied, or left before, may have left: those who may have them are asked', async () => {
      const rig = await make()
      const { spool } = rig
      const [read, copied, gone] = [await write(spool, 1), await write(spool, 2), await write(spool, 3)]
      await spool.outbox.open(read)
      await spool.outbox.open(copied)
      await spool.outbox.copied(copied, 'stick', at)
      await spool.outbox.acknowledge(gone, there, at)
      for (const [letter, seed, hasLeft] of [
        [read, 7, false],
        [copied, 8, false],
        [gone, 9, true],
      ] as const) {
        const tombstones = [outbound(await stage(spool, seed), { messageId: null })]
        expect(await spool.recalls.take(recall(letter, { tombstones, hasLeft }))).toBe(false)
      }
      const left = await spool.outbox.page(there, { after: null, limit: 9 })
      expect(left.map(({ messageId }) => messageId)).toEqual([null, null, null])
      expect(await spool.outbox.wasAcknowledged(copied)).toBe(true)
      const found = await spool.recalls.ofMessage('1@here', null)
      expect(found.filter(({ letter }) => letter === copied).map(({ copies }) => copies)).toEqual([
        ['stick'],
        ['stick'],
      ])
      expect(found.every(({ asked, answer }) => asked && answer === null)).toBe(true)
      expect(await kindsOf(rig, bob)).not.toContain('recalled')
    })

    test('for some of their recipients stay for the others, until nobody is left', async () => {
      const { spool } = await make()
      const letter = await write(spool)
      expect(await spool.recalls.take(recall(letter, { recipients: [bob] }))).toBe(false)
      expect(await spool.outbox.get(letter)).toBeDefined()
      expect(await spool.recalls.take(recall(letter, { recipients: [ben] }))).toBe(false)
      expect(await spool.outbox.get(letter)).toBeUndefined()
    })

    test('are told of by the node that they are for, for whom it was asked; its last word stays', async () => {
      const rig = await make()
      const { spool } = rig
      const letter = await write(spool)
      await spool.outbox.open(letter)
      await spool.recalls.take(recall(letter, { recipients: [bob] }))
      const how = { at: at + 5, evidence: letter }
      const of = { letter, from: there, recipients: [bob, ben] }
      const { recalls } = spool
      expect(await recalls.answered({ ...of, from: node(3) }, 'dropped', how)).toBe(false)
      expect(await recalls.answered({ ...of, recipients: [ben] }, 'dropped', how)).toBe(false)
      expect(await recalls.answered(of, 'full', how)).toBe(true)
      expect(await kindsOf(rig, bob)).not.toContain('recalled')
      expect(await recalls.answered(of, 'awaited', how)).toBe(true)
      expect(await recalls.answered(of, 'awaited', how)).toBe(false)
      expect(await kindsOf(rig, bob)).toContain('recalled')
      expect(await kindsOf(rig, ben)).not.toContain('recalled')
      expect(await recalls.answered(of, 'dropped', how)).toBe(true)
      expect(await recalls.answered(of, 'late', how)).toBe(false)
      expect(await recalls.ofMessage('1@here', null)).toMatchObject([{ answer: 'dropped', answeredAt: at + 5 }])
    })

    test('that had been taken in before are no recalled ones', async () => {
      const rig = await make()
      const { spool } = rig
      const letter = await write(spool)
      await spool.outbox.open(letter)
      await spool.recalls.take(recall(letter))
      const of = { letter, from: there, recipients: [bob, ben] }
      expect(await spool.recalls.answered(of, 'late', { at, evidence: letter })).toBe(true)
      expect(await answersOf(spool)).toEqual({ [bob]: 'late', [ben]: 'late' })
      expect(await kindsOf(rig, bob)).not.toContain('recalled')
    })

    test('know their relays, and what these say', async () => {
      const { spool } = await make()
      const [one, two] = [
        { node: node(5), packet: (await stage(spool, 5)).id },
        { node: node(6), packet: (await stage(spool, 6)).id },
      ]
      const inner = two.packet
      await write(spool, 1, { letter: inner, wrappedFor: [two, one], nextHop: one.node })
      const relays = await spool.recalls.relaysOf(inner)
      expect(new Set(relays)).toEqual(new Set([one, two]))
      const [packet] = await spool.outbox.page(one.node, { after: null, limit: 1 })
      await spool.outbox.open(packet?.id as PacketId)
      await spool.recalls.take(recall(inner, { asksRelays: [one] }))
      expect(await spool.outbox.get(packet?.id as PacketId)).toBeUndefined()
      expect(await spool.recalls.relayAnswered(two, 'dropped')).toBe(false)
      expect(await spool.recalls.relayAnswered(one, 'gone-on')).toBe(true)
      expect(await spool.recalls.relayAnswered(one, 'gone-on')).toBe(false)
      const [first] = await spool.recalls.ofMessage('1@here', 'alice@HERE')
      expect(first?.relays).toEqual([{ node: one.node, answer: 'gone-on' }])
      expect(await spool.recalls.ofMessage('1@here', 'eve@here')).toEqual([])
    })

    test('are forgotten after a year of the calendar', async () => {
      const { spool } = await make()
      await spool.prune(at)
      await spool.recalls.take(recall(await write(spool)))
      await spool.prune(at + 5000 * dayMs)
      expect(await spool.recalls.ofMessage('1@here', null)).toHaveLength(2)
      for (let day = 1; day <= 367; day += 1) await spool.prune(at + day * dayMs)
      expect(await spool.recalls.ofMessage('1@here', null)).toEqual([])
    })
  })
}
