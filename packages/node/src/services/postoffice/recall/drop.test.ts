import { openPacket, type PacketId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import type { MailboxStore } from '../../../stores/mailbox/mailbox.ts'
import { spoolLimits } from '../../../stores/spool/limits.ts'
import { carry, Office, queueOf, streamOf } from '../rig.ts'
import { answers, dropFor, meet, takeBack, tell } from './testing.ts'

const never = new AbortController().signal
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

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** A letter that waits in the outbox of `from`; nothing else does. */
async function write(from: Office, to: Office, ...users: string[]): Promise<PacketId> {
  const before = new Set((await queueOf(from, to)).map(({ id }) => id))
  const recipients = users.map(user => to.address(user))
  const text = `Message-ID: <${Math.random()}@alpha>\r\nSubject: hush\r\n\r\nnot for long\r\n`
  await from.send(from.address('alice'), recipients, text)
  const [packet] = (await queueOf(from, to)).filter(({ id }) => !before.has(id))
  if (packet === undefined) throw new Error('no letter is queued')
  return packet.id
}

async function bring(from: Office, to: Office, id: PacketId): Promise<'new' | 'duplicate'> {
  const body = await from.spool.outbox.open(id)
  if (body === undefined) throw new Error('the packet has left')
  return to.arrive({ bytes: body.read(), sender: from.identity.id })
}

const acks = async (from: Office, to: Office) => (await queueOf(from, to)).filter(({ kind }) => kind === 'ack').length

describe('a letter that is taken back, at the node that it is for', () => {
  it('is not delivered when the tombstone came first; it is acknowledged, and its sender told', async () => {
    const [a, b] = await pair()
    const letter = await write(a, b, 'bob')
    const recipients = [b.address('bob')]
    await takeBack(a, b, letter, recipients)
    expect(await answers(b, a)).toEqual([{ letter, answer: 'awaited', recipients }])
    const before = await acks(b, a)
    expect(await bring(a, b, letter)).toBe('new')
    expect(await b.letters('bob')).toEqual([])
    expect(await answers(b, a)).toEqual([{ letter, answer: 'dropped', recipients }])
    expect(await acks(b, a)).toBe(before + 1)
    expect(await bring(a, b, letter)).toBe('duplicate')
    expect(await b.letters('bob')).toEqual([])
  })

  it('stays delivered when the tombstone comes too late, and that is what is said', async () => {
    const [a, b] = await pair()
    const letter = await write(a, b, 'bob')
    await bring(a, b, letter)
    for (const _ of [1, 2]) {
      await takeBack(a, b, letter, [b.address('bob')])
      expect(await answers(b, a)).toEqual([{ letter, answer: 'late', recipients: [b.address('bob')] }])
    }
    expect(await b.letters('bob')).toHaveLength(1)
  })

  it('reaches those for whom it was not taken back', async () => {
    const [a, b] = await pair()
    const letter = await write(a, b, 'bob', 'ben')
    await takeBack(a, b, letter, [b.address('bob')])
    await answers(b, a)
    await bring(a, b, letter)
    expect(await b.letters('bob')).toEqual([])
    expect(await b.letters('ben')).toHaveLength(1)
    expect(await answers(b, a)).toEqual([{ letter, answer: 'dropped', recipients: [b.address('bob')] }])
    await takeBack(a, b, letter, [b.address('bob'), b.address('ben')])
    const told = await answers(b, a)
    expect(told).toContainEqual({ letter, answer: 'dropped', recipients: [b.address('bob')] })
    expect(told).toContainEqual({ letter, answer: 'late', recipients: [b.address('ben')] })
  })

  it('is dropped while it waits for another try, but not for whom it has reached before', async () => {
    let isBroken = true
    const a = await open('alpha', ['alice'])
    const b = await open('beta', ['bob', 'ben'], store => ({
      ...store,
      async deliver(delivery) {
        if (isBroken && delivery.user === 'ben') {
          throw new OperatingError('the disk is full', { code: 'disk-full', retry: 'later' })
        }
        return store.deliver(delivery)
      },
    }))
    await meet(a, b)
    const letter = await write(a, b, 'bob', 'ben')
    await bring(a, b, letter)
    expect(await b.letters('bob')).toHaveLength(1)
    isBroken = false
    await takeBack(a, b, letter, [b.address('bob'), b.address('ben')])
    expect(await b.letters('ben')).toEqual([])
    expect(await b.spool.inbox.summary()).toMatchObject({ packets: 0 })
    const told = await answers(b, a)
    expect(told).toContainEqual({ letter, answer: 'dropped', recipients: [b.address('ben')] })
    expect(told).toContainEqual({ letter, answer: 'late', recipients: [b.address('bob')] })
  })

  it('is left to end when it is just being delivered, and then it is too late', async () => {
    let aheadMs = 0
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
    const [reached, held] = [gate(), gate()]
    const a = await open('alpha', ['alice'])
    const slow = (store: MailboxStore): MailboxStore => ({
      ...store,
      async deliver(delivery) {
        reached.open()
        await held.opened
        return store.deliver(delivery)
      },
    })
    const b = await open('beta', ['bob'], slow, {}, [], clock)
    await meet(a, b)
    const letter = await write(a, b, 'bob')
    const recipients = [b.address('bob')]
    const body = await a.spool.outbox.open(letter)
    const drop = await dropFor(a, b, [{ letter, reason: 'recalled', recipients }])
    // Both are in the inbox, and equally urgent: they are tossed side by side.
    for (const source of [body?.read(), drop.read()]) {
      const staged = await b.spool.stage(source ?? streamOf(), { signal: never, sizeBytesMax: 1_000_000 })
      const sender = a.identity.id
      await b.spool.inbox.commit({ staged, sender, niceness: 96, source: 'test', at: 0 })
    }
    b.office.arrived()
    await reached.opened
    while ((await b.spool.inbox.nextDueAt()) === null) await new Promise(resolve => setImmediate(resolve))
    expect(await answers(b, a)).toEqual([])
    held.open()
    await b.settled()
    aheadMs = 5000
    b.office.arrived()
    await b.settled()
    expect(await b.letters('bob')).toHaveLength(1)
    expect(await answers(b, a)).toEqual([{ letter, answer: 'late', recipients }])
  })

  it('is dropped from where it was set aside', async () => {
    const [a, b] = await pair()
    const third = await open('gamma', ['carol'])
    // It claims to be from a third node: set aside for a person to look at.
    await a.send(third.address('carol'), [b.address('bob')], 'Subject: x\r\n\r\nx\r\n')
    const [packet] = await queueOf(a, b)
    const letter = packet?.id as PacketId
    await bring(a, b, letter)
    expect(await b.spool.quarantine.count()).toBe(1)
    await takeBack(a, b, letter, [b.address('bob')])
    expect(await b.spool.quarantine.count()).toBe(0)
    expect(await answers(b, a)).toMatchObject([{ answer: 'dropped' }])
  })

  it('a file too', async () => {
    const [a, b] = await pair()
    const content = { type: 'file', niceness: 96, path: Buffer.from('notes.txt') } as const
    const chunks: Uint8Array[] = []
    for await (const chunk of a.seal(b, content, streamOf(Buffer.from('secret')))) chunks.push(chunk)
    const staged = await a.spool.stage(streamOf(...chunks), { signal: never, sizeBytesMax: 1_000_000 })
    await takeBack(a, b, staged.id)
    await b.arrive({ bytes: staged.read(), sender: a.identity.id })
    expect((await answers(b, a)).map(({ answer }) => answer)).toEqual(['awaited', 'dropped'])
    expect(await b.spool.inbox.summary()).toMatchObject({ packets: 0 })
  })
})

describe('a packet that is taken back, at a relay', () => {
  async function road(): Promise<[Office, Office, Office]> {
    const [a, r, b] = [
      await open('alpha', ['alice']),
      await open('relay', [], undefined, { from: ['alpha', 'eve'] }),
      await open('beta', ['bob']),
    ]
    await meet(a, r)
    await meet(r, b)
    await a.knows(b, { via: [r.identity.id] })
    await b.knows(a, { via: [r.identity.id] })
    return [a, r, b]
  }

  it('leaves the relay’s outbox, and its copies on media may go', async () => {
    const [a, r, b] = await road()
    await a.send(a.address('alice'), [b.address('bob')], 'Subject: x\r\n\r\nx\r\n')
    await carry(a, r)
    const [passed] = await queueOf(r, b)
    const letter = passed?.id as PacketId
    await takeBack(a, r, letter)
    expect(await queueOf(r, b)).toEqual([])
    expect(await r.spool.outbox.wasAcknowledged(letter)).toBe(true)
    expect(await answers(r, a)).toEqual([{ letter, answer: 'dropped', recipients: [] }])
    // Again, by another stick.
    await carry(a, r)
    expect(await queueOf(r, b)).toEqual([])
    await takeBack(a, r, letter)
    expect(await answers(r, a)).toEqual([{ letter, answer: 'dropped', recipients: [] }])
  })

  it('is not passed on when the tombstone came first', async () => {
    const [a, r, b] = await road()
    await a.send(a.address('alice'), [b.address('bob')], 'Subject: x\r\n\r\nx\r\n')
    const [wrapped] = await queueOf(a, r)
    const source = (await a.spool.outbox.open(wrapped?.id as PacketId))?.read() ?? streamOf()
    const senderOf = async () => a.identity
    const { body } = await openPacket({ suite: pureSuite, recipient: r.identity, senderOf, source })
    const { id: letter } = await r.spool.stage(body, { signal: never, sizeBytesMax: 1_000_000 })
    await takeBack(a, r, letter)
    await carry(a, r)
    expect(await queueOf(r, b)).toEqual([])
    expect((await answers(r, a)).map(({ answer }) => answer)).toEqual(['awaited', 'dropped'])
    expect(await acks(r, a)).toBeGreaterThan(0)
  })

  it('that went on before is said to have gone on', async () => {
    const [a, r, b] = await road()
    await a.send(a.address('alice'), [b.address('bob')], 'Subject: x\r\n\r\nx\r\n')
    await carry(a, r)
    const [passed] = await queueOf(r, b)
    const letter = passed?.id as PacketId
    await r.spool.outbox.acknowledge(letter, b.identity.id, 0)
    await takeBack(a, r, letter)
    expect(await answers(r, a)).toEqual([{ letter, answer: 'gone-on', recipients: [] }])
  })

  it('is not dropped for anybody but the node whose trns packet it came in', async () => {
    const [a, r, b] = await road()
    const eve = await open('eve', ['eve'])
    await meet(eve, r)
    await a.send(a.address('alice'), [b.address('bob')], 'Subject: x\r\n\r\nx\r\n')
    await carry(a, r)
    const [passed] = await queueOf(r, b)
    const letter = passed?.id as PacketId
    await takeBack(eve, r, letter)
    expect(await queueOf(r, b)).toHaveLength(1)
    // Nor does she learn that it is there.
    expect(await answers(r, eve)).toEqual([{ letter, answer: 'awaited', recipients: [] }])
  })
})

describe('tombstones', () => {
  it('forged by another node change nothing and tell nothing, whether the letter came or not', async () => {
    const [a, b] = await pair()
    const eve = await open('eve', ['eve'])
    await meet(eve, b)
    const [before, after] = [await write(a, b, 'bob'), await write(a, b, 'bob')]
    await bring(a, b, before)
    await takeBack(eve, b, before, [b.address('bob')])
    await takeBack(eve, b, after, [b.address('bob')])
    expect((await answers(b, eve)).map(({ answer }) => answer)).toEqual(['awaited', 'awaited'])
    await bring(a, b, after)
    expect(await b.letters('bob')).toHaveLength(2)
    expect(await answers(b, a)).toEqual([])
  })

  it('replayed after the same letter was sent anew do not concern it', async () => {
    const [a, b] = await pair()
    const text = 'Message-ID: <the-same@alpha>\r\nSubject: x\r\n\r\nx\r\n'
    await a.send(a.address('alice'), [b.address('bob')], text)
    const [first] = await queueOf(a, b)
    await takeBack(a, b, first?.id as PacketId, [b.address('bob')])
    await bring(a, b, first?.id as PacketId)
    await a.spool.waiting.abandon([first?.id as PacketId], { kind: 'failed', at: 0 })
    await a.send(a.address('alice'), [b.address('bob')], text)
    const again = (await queueOf(a, b)).find(({ envelope }) => envelope !== null)
    await takeBack(a, b, first?.id as PacketId, [b.address('bob')])
    await bring(a, b, again?.id as PacketId)
    expect(await b.letters('bob')).toHaveLength(1)
  })

  it('in a flood are kept up to a bound, and the sender hears that the rest are not', async () => {
    const [a, b] = await pair()
    const letter = await write(a, b, 'bob')
    const recipients = Array.from({ length: spoolLimits.tombstonesPerSenderMax }, (_, index) => `${index}@x`)
    await b.spool.tombstones.put({ letter, sender: a.identity.id, reason: 'recalled', recipients })
    await takeBack(a, b, letter, [b.address('bob')])
    expect(await answers(b, a)).toEqual([{ letter, answer: 'full', recipients: [b.address('bob')] }])
    await bring(a, b, letter)
    expect(await b.letters('bob')).toHaveLength(1)
  })

  it('that are no such message are set aside', async () => {
    const [a, b] = await pair()
    await tell(a, b, 'drop', Buffer.from('rubbish'))
    expect(await b.spool.quarantine.count()).toBe(1)
  })
})
