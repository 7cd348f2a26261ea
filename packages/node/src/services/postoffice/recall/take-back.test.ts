import type { PacketId } from '@posthorn/nncp'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { outcomes, type RecalledLetter } from '../../../stores/spool/index.ts'
import { Office, queueOf } from '../rig.ts'
import type { WhatToRecall } from './take-back.ts'
import { flow, meet, tell } from './testing.ts'
import { droppedMessage } from './wire.ts'

const never = new AbortController().signal
const noon = Date.UTC(2026, 5, 1, 12)
const dayMs = 24 * 60 * 60 * 1000
const offices: Office[] = []
afterEach(async () => {
  for (const office of offices.splice(0)) await office.stop()
})

async function open(...args: Parameters<typeof Office.open>): Promise<Office> {
  const office = await Office.open(...args)
  offices.push(office)
  return office
}

async function pair(): Promise<[Office, Office]> {
  const [a, b] = [await open('alpha', ['alice']), await open('beta', ['bob', 'ben'])]
  await meet(a, b)
  return [a, b]
}

const text = 'Message-ID: <1@alpha>\r\nSubject: hush\r\n\r\nnot for long\r\n'
const all = { messageId: '1@alpha', sender: null, recipients: null }

const said = (letters: readonly RecalledLetter[]) =>
  Object.fromEntries(letters.map(({ recipient, answer }) => [recipient.split('@')[0], answer]))

async function recall(a: Office, what: Partial<WhatToRecall> = {}) {
  const { letters } = await a.office.recall({ ...all, ...what }, never)
  return said(letters)
}

async function stationsOf(a: Office, user: string): Promise<readonly string[]> {
  const { journeys } = await a.office.recall(all, never)
  const journey = journeys.find(({ recipient }) => recipient.startsWith(`${user}@`))
  return journey?.stations.map(({ kind }) => kind) ?? []
}

describe('taking a letter back', () => {
  it('that has not left: it is gone, nothing is sent after it, and nobody is told of a failure', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob')], text)
    expect(await recall(a)).toEqual({ bob: 'kept' })
    expect(await queueOf(a, b)).toEqual([])
    expect(await stationsOf(a, 'bob')).toContain('recalled')
    expect(await a.letters('alice')).toEqual([])
    expect(await recall(a)).toEqual({ bob: 'kept' })
  })

  it('that lies on a stick: the tombstone overtakes it, and its answer is what is then known', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob'), b.address('ben')], text)
    const [packet] = await queueOf(a, b)
    const stick = await a.spool.outbox.open(packet?.id as PacketId)
    const copy: Uint8Array[] = []
    for await (const chunk of stick?.read() ?? []) copy.push(Uint8Array.from(chunk))
    await a.spool.outbox.copied(packet?.id as PacketId, 'blue-1', 0)
    const { letters } = await a.office.recall(all, never)
    expect(said(letters)).toEqual({ bob: null, ben: null })
    expect(letters[0]?.copies).toEqual(['blue-1'])
    const waiting = await queueOf(a, b)
    expect(waiting.map(({ envelope }) => envelope)).toEqual([null])
    expect(waiting[0]?.niceness).toBeLessThan(packet?.niceness ?? 0)
    // Asked again, nothing is sent again.
    await recall(a)
    expect(await queueOf(a, b)).toHaveLength(1)
    expect(await stationsOf(a, 'bob')).not.toContain('recalled')
    await flow(a, b)
    await flow(b, a)
    expect(await recall(a)).toEqual({ bob: 'awaited', ben: 'awaited' })
    expect(await stationsOf(a, 'bob')).toContain('recalled')
    async function* bytes() {
      yield* copy
    }
    await b.arrive({ bytes: bytes(), sender: a.identity.id })
    await flow(b, a)
    expect(await recall(a)).toEqual({ bob: 'dropped', ben: 'dropped' })
    expect([await b.letters('bob'), await b.letters('ben')]).toEqual([[], []])
    expect((await queueOf(a, b)).filter(({ kind }) => kind !== 'ack')).toEqual([])
  })

  it('that was handed over and delivered is too late, and its journey does not say otherwise', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob')], text)
    await flow(a, b)
    await flow(b, a)
    expect(await recall(a)).toEqual({ bob: null })
    await flow(a, b)
    await flow(b, a)
    expect(await recall(a)).toEqual({ bob: 'late' })
    expect(await stationsOf(a, 'bob')).not.toContain('recalled')
    expect(await b.letters('bob')).toHaveLength(1)
  })

  it('for one of its recipients leaves it to the other', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob'), b.address('ben')], text)
    expect(await recall(a, { recipients: [b.address('bob')] })).toEqual({ bob: null })
    await flow(a, b)
    await flow(b, a)
    expect(await b.letters('bob')).toEqual([])
    expect(await b.letters('ben')).toHaveLength(1)
    // The tombstone came first, and so was answered first.
    expect(await recall(a, { recipients: [b.address('bob')] })).toEqual({ bob: 'dropped' })
  })

  it('for one of its recipients is in custody for the other until the receipt, which ends it for both', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob'), b.address('ben')], text)
    const [packet] = await queueOf(a, b)
    await recall(a, { recipients: [b.address('bob')] })
    expect(await a.spool.custody.get(packet?.id as PacketId)).toBeDefined()
    await flow(a, b)
    await flow(b, a)
    expect(await a.spool.custody.get(packet?.id as PacketId)).toBeUndefined()
    const receipt = await a.spool.custody.receipt(packet?.id as PacketId)
    expect(receipt?.outcomes).toEqual(Uint8Array.of(outcomes.recalled, outcomes.delivered))
    expect([(await stationsOf(a, 'bob')).at(-1), await stationsOf(a, 'ben')]).toEqual([
      'recalled',
      expect.arrayContaining(['delivered']),
    ])
    expect(await a.spool.custody.summary()).toEqual([])
  })

  it('asks each relay by the name that it knows, through any number of them', async () => {
    const [a, r, s] = [
      await open('alpha', ['alice']),
      await open('relay', [], undefined, { from: ['alpha'] }),
      await open('stage', [], undefined, { from: ['alpha', 'relay'] }),
    ]
    const b = await open('beta', ['bob'])
    await meet(a, r)
    await meet(r, s)
    await meet(s, b)
    await meet(a, s, { via: [r.identity.id] })
    await meet(a, b, { via: [r.identity.id, s.identity.id] })
    await b.knows(a)
    await a.send(a.address('alice'), [b.address('bob')], text)
    await flow(a, r)
    expect(await queueOf(r, s)).toHaveLength(1)
    await a.office.recall(all, never)
    await flow(a, r)
    // Of the letter nothing is left there: what waits are the tombstones for the next ones.
    await flow(r, s)
    expect((await queueOf(s, b)).length).toBeGreaterThan(0)
    await flow(s, b)
    expect(await b.letters('bob')).toEqual([])
    await flow(r, a)
    const { letters } = await a.office.recall(all, never)
    expect(letters[0]?.relays).toContainEqual({ node: r.identity.id, answer: 'dropped' })
  })

  it.each(['expired', 'delayed', 'returned', 'failed'] as const)(
    'for one of its recipients: that it is %s later is told of the others only',
    async how => {
      const lifetimeDays = how === 'expired' ? 3 : 0
      const waiting = {
        warnAfterDays: how === 'delayed' ? 3 : 0,
        returnAfterDays: how === 'returned' ? 3 : 0,
        lifetimeDays,
      }
      const a = await open('alpha', ['alice'], undefined, {}, [], systemClock, { waiting })
      const b = await open('beta', ['bob', 'ben'])
      await meet(a, b)
      await a.spool.prune(noon)
      await a.send(a.address('alice'), [b.address('bob'), b.address('ben')], text)
      expect(await recall(a, { recipients: [b.address('bob')] })).toEqual({ bob: null })
      for (let day = 1; day <= 5; day += 1) await a.spool.prune(noon + day * dayMs)
      if (how === 'failed') await a.office.giveUp(b.identity.id)
      else await a.office.lookAfterWaiting()
      const [report = '', ...others] = await a.letters('alice')
      expect(others).toEqual([])
      expect(report).toContain(`Final-Recipient: rfc822; ${b.address('ben')}`)
      expect(report).not.toContain(b.address('bob'))
    },
  )

  it('of somebody else is not done for who asks for their own only', async () => {
    const [a, b] = await pair()
    await a.send(a.address('alice'), [b.address('bob')], text)
    expect(await recall(a, { sender: 'mallory@alpha' })).toEqual({})
    expect(await queueOf(a, b)).toHaveLength(1)
  })

  it('at a node that would not understand it is not asked for, and not said to be done', async () => {
    const [a, b] = await pair()
    await a.knows(b)
    await a.send(a.address('alice'), [b.address('bob')], text)
    const [packet] = await queueOf(a, b)
    await a.spool.outbox.open(packet?.id as PacketId)
    const { letters } = await a.office.recall(all, never)
    expect(letters).toMatchObject([{ answer: null, asked: false }])
    expect(await queueOf(a, b)).toEqual([])
    expect(await stationsOf(a, 'bob')).not.toContain('recalled')
  })

  it('is not believed of who was not asked', async () => {
    const [a, b] = await pair()
    const eve = await open('eve', ['eve'])
    await meet(a, eve)
    await a.send(a.address('alice'), [b.address('bob')], text)
    const [packet] = await queueOf(a, b)
    const letter = packet?.id as PacketId
    await a.spool.outbox.open(letter)
    await a.office.recall(all, never)
    const lie = droppedMessage([{ letter, answer: 'dropped', recipients: [b.address('bob')] }])
    await tell(eve, a, 'dropped', lie)
    expect(await recall(a)).toEqual({ bob: null })
    expect(await stationsOf(a, 'bob')).not.toContain('recalled')
  })
})
