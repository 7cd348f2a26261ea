/** What senders hear of their letters: as they wished (RFC 3461), once, and never in circles or storms. */
import { execPath } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import type { DeliveryWishes, RecipientWishes } from '../../stores/spool/index.ts'
import type { LetterReport, Notice } from './index.ts'
import { readReport, valueIn } from './letter/report-reader.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

let valley: Office
let ridge: Office
let notices: Notice[]

beforeEach(async () => {
  notices = []
  const notice = async (told: Notice) => void notices.push(told)
  valley = await Office.open('valley', ['alice', 'carol'], store => store, {}, [], undefined, { notice })
  ridge = await Office.open('ridge', ['bob', 'dora'])
  await valley.knows(ridge)
  await ridge.knows(valley)
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
})

const letter = (id: string, more = '') => `Message-ID: <${id}@test>\r\n${more}Subject: ${id}\r\n\r\nText of ${id}.\r\n`
const alice = () => valley.address('alice')
const reports = async (office = valley, user = 'alice') => (await office.letters(user)).map(readReport)
const about = (report: ReturnType<typeof readReport> | undefined, name: string) =>
  report?.recipients.map(fields => valueIn(fields, name))

/** Both ways; acks stay in these outboxes. */
async function lettersOnTheWay() {
  const packets = [...(await queueOf(valley, ridge)), ...(await queueOf(ridge, valley))]
  return packets.filter(({ kind }) => kind === 'letter')
}

function wishing(
  recipients: Record<string, RecipientWishes>,
  more: Omit<DeliveryWishes, 'recipients'> = {},
): DeliveryWishes {
  return { ...more, recipients }
}

describe('success', () => {
  it('in a mailbox here is told at once, when it was asked for', async () => {
    const [carol, other] = [valley.address('carol'), valley.address('alice')]
    const wishes = wishing(
      { [carol]: { notify: ['success'], originalRecipient: 'rfc822;C@x' } },
      { envelopeId: 'E-1', returns: 'full' },
    )
    await valley.send(alice(), [carol, other], letter('yes'), wishes)
    // The client did not hear the 250 and tries again.
    await valley.send(alice(), [carol, other], letter('yes'), wishes)
    const [read, ...more] = (await valley.letters('alice'))
      .filter(text => text.includes('delivery-status'))
      .map(readReport)
    expect(more).toEqual([])
    expect(read?.recipients).toEqual([
      [
        ['Original-Recipient', 'rfc822;C@x'],
        ['Final-Recipient', `rfc822; ${carol}`],
        ['Action', 'delivered'],
        ['Status', '2.1.5'],
      ],
    ])
    expect(valueIn(read?.message ?? [], 'Original-Envelope-Id')).toBe('E-1')
    // RFC 3461 §4.3: RET is about failures.
    expect(read?.original?.type).toBe('text/rfc822-headers')
    expect(notices).toEqual([])
  })

  it.each([
    ['acknowledged', true],
    ['told by DONE, or copied for one that never acknowledges', false],
  ])('elsewhere is told as relayed when another node has it, and not before: %s', async (_, byAck) => {
    const bob = ridge.address('bob')
    await valley.send(alice(), [bob, ridge.address('dora')], letter('far'), wishing({ [bob]: { notify: ['success'] } }))
    await valley.office.lookAfterWaiting()
    expect(await reports()).toEqual([])
    if (byAck) {
      await carry(valley, ridge)
      await carry(ridge, valley)
    } else {
      const [packet] = await queueOf(valley, ridge)
      await valley.spool.outbox.release(packet?.id ?? expect.unreachable(), 1)
    }
    await expect.poll(reports).toHaveLength(1)
    const [read] = await reports()
    expect(about(read, 'Final-Recipient')).toEqual([`rfc822; ${bob}`])
    expect(about(read, 'Action')).toEqual(['relayed'])
    await valley.office.lookAfterWaiting()
    expect(await reports()).toHaveLength(1)
  })

  it('that could not be told is told at the next round', async () => {
    const bob = ridge.address('bob')
    await valley.send(alice(), [bob], letter('later'), wishing({ [bob]: { notify: ['success'] } }))
    const full = new OperatingError('full', { code: 'disk-full', retry: 'later' })
    const failing = vi.spyOn(valley.mailbox, 'deliver').mockRejectedValueOnce(full)
    await carry(valley, ridge)
    await carry(ridge, valley)
    await expect.poll(() => failing.mock.calls.length).toBe(1)
    await valley.office.lookAfterWaiting()
    expect(about((await reports())[0], 'Action')).toEqual(['relayed'])
  })
})

describe('failure at another node', () => {
  it('is told with what the sender gave along, and with all of the letter if that was asked', async () => {
    const nobody = ridge.address('nobody')
    const wishes = wishing(
      { [nobody]: { notify: ['failure'], originalRecipient: 'rfc822;N@x' } },
      { envelopeId: 'E 2', returns: 'full' },
    )
    await valley.send(alice(), [nobody, ridge.address('bob')], letter('bad'), wishes)
    await carry(valley, ridge)
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toEqual([`Return-Path: <${alice()}>\r\n${letter('bad')}`])
    const [read] = await reports()
    expect(about(read, 'Original-Recipient')).toEqual(['rfc822;N@x'])
    expect(valueIn(read?.message ?? [], 'Original-Envelope-Id')).toBe('E 2')
    expect(read?.original).toEqual({ type: 'message/rfc822', content: letter('bad') })
  })

  it('is not told to who said NEVER; the others are', async () => {
    const [one, two] = [ridge.address('no-one'), ridge.address('no-two')]
    await valley.send(alice(), [one, two], letter('some'), wishing({ [one]: { notify: [] } }))
    await valley.send(alice(), [one], letter('none'), wishing({ [one]: { notify: [] } }))
    await carry(valley, ridge)
    await carry(ridge, valley)
    await carry(valley, ridge)
    expect((await reports()).map(read => about(read, 'Final-Recipient'))).toEqual([[`rfc822; ${two}`]])
    expect(await ridge.spool.quarantine.list(10)).toEqual([])
    expect(await lettersOnTheWay()).toEqual([])
  })

  it('wishes go to Posthorn nodes only, and leave the letter there', async () => {
    const bob = ridge.address('bob')
    const wishes = wishing({ [bob]: { notify: [] } })
    for (const posthorn of [true, false]) {
      await valley.knows(ridge, { posthorn })
      await valley.send(alice(), [bob], letter(`stock-${posthorn}`), wishes)
      await carry(valley, ridge)
      await carry(ridge, valley)
    }
    const found = (await ridge.letters('bob')).map(text => text.replaceAll('\r\n', '\n')).sort()
    expect(found).toEqual(
      [false, true].map(
        posthorn => `Return-Path: <${alice()}>\n${letter(`stock-${posthorn}`).replaceAll('\r\n', '\n')}`,
      ),
    )
  })

  it.each([
    ['no JSON'],
    ['[]'],
    ['{"returns":"all"}'],
    ['{"envelopeId":"a\\r\\nBcc: x"}'],
    ['{"recipients":{"x":{"notify":"never"}}}'],
    ['{"recipients":{"x":{"originalRecipient":"\u00e4"}}}'],
    ['{"recipients":[]}'],
    [`{"envelopeId":"${'x'.repeat(501)}"}`],
  ])('wishes that make no sense stay in the letter, and are none: %s', async line => {
    const text = `Return-Path: <${alice()}>\r\nX-Posthorn-Wishes: ${line}\r\n${letter('odd')}`
    const path = execPath('sendmail', [ridge.address('nobody'), ridge.address('bob')])
    const bytes = valley.seal(ridge, { type: 'exec-fat', niceness: 96, path }, streamOf(Buffer.from(text, 'latin1')))
    await ridge.arrive({ bytes, sender: valley.identity.id })
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toEqual([text])
    const [read] = await reports()
    expect(read?.message.map(([name]) => name)).toEqual(['Reporting-MTA', 'Arrival-Date'])
  })

  it('is told once, also when the packet is tossed again', async () => {
    await valley.send(alice(), [ridge.address('nobody')], letter('twice'))
    const { inbox } = ridge.spool
    const finish: typeof inbox.finish = inbox.finish.bind(inbox)
    let failures = 1
    Object.assign(ridge.spool.inbox, {
      finish: async (...given: Parameters<typeof finish>) => {
        if (failures-- > 0) throw new OperatingError('full', { code: 'disk-full', retry: 'later' })
        return finish(...given)
      },
    })
    await carry(valley, ridge)
    expect(await queueOf(ridge, valley)).toEqual([])
    await expect.poll(() => queueOf(ridge, valley), { timeout: 10_000 }).toHaveLength(2)
    await carry(ridge, valley)
    await carry(ridge, valley)
    expect(await reports()).toHaveLength(1)
  })
})

describe('the one door for reports', () => {
  const event = (more: Partial<LetterReport> = {}): LetterReport => ({
    ...{ kind: 'failed', event: 'queue 7', messageId: 'm@test', original: null, arrivedAt: 1 },
    envelope: { returnPath: alice(), recipients: ['x@far.example'] },
    recipients: [{ address: 'x@far.example', status: '5.0.0', reason: 'refused', diagnostic: 'smtp; 550 no' }],
    ...more,
  })

  it('tells a sender here once for an event, and gives notice', async () => {
    expect(await valley.office.report(event())).toBe('told')
    expect(await valley.office.report(event())).toBe('told')
    expect(await valley.office.report(event({ kind: 'delayed' }))).toBe('told')
    expect(await reports()).toHaveLength(2)
    expect(new Set(notices.map(({ id }) => id)).size).toBe(2)
    expect(notices[0]).toMatchObject({ kind: 'failed', sender: alice(), messageId: 'm@test' })
  })

  it('is called something that nobody else can know, so that nothing can come in its place', async () => {
    const others = await Office.open('valley', ['alice'], store => store, {}, [], undefined, {
      notice: async told => void notices.push(told),
    })
    const theirs = event({ envelope: { returnPath: others.address('alice'), recipients: ['x@far.example'] } })
    expect([await valley.office.report(event()), await others.office.report(theirs)]).toEqual(['told', 'told'])
    await others.stop()
    const [ours, other] = notices.map(({ id }) => id.split('@')[0])
    expect(ours).toMatch(/^failed\.[0-9a-f]{32}$/)
    expect(other).not.toBe(ours)
  })

  it('tells a sender elsewhere once, by a packet', async () => {
    const far = event({ envelope: { returnPath: ridge.address('bob'), recipients: ['x@far.example'] } })
    expect(await valley.office.report(far)).toBe('told')
    expect(await valley.office.report(far)).toBe('told')
    expect(await queueOf(valley, ridge)).toHaveLength(1)
    await carry(valley, ridge)
    expect(about((await reports(ridge, 'bob'))[0], 'Diagnostic-Code')).toEqual(['smtp; 550 no'])
  })

  it('tells nobody of a bounce, of an automatic letter, against a wish, or where no way leads', async () => {
    const recipients = ['x@far.example']
    for (const [envelope, outcome] of [
      [{ returnPath: '', recipients }, 'nobody'],
      [{ returnPath: 'gone@nowhere.example', recipients }, 'nobody'],
      [{ returnPath: valley.address('nobody'), recipients }, 'nobody'],
      [{ returnPath: alice(), recipients, quiet: true }, 'not-wanted'],
      [{ returnPath: alice(), recipients, wishes: { recipients: { 'x@far.example': { notify: [] } } } }, 'not-wanted'],
    ] as const) {
      expect(await valley.office.report(event({ envelope }))).toBe(outcome)
    }
    expect(await reports()).toEqual([])
    expect(notices).toEqual([])
  })

  it('rejects when the report cannot be kept, so that nobody takes it for told', async () => {
    const full = new OperatingError('full', { code: 'disk-full', retry: 'later' })
    vi.spyOn(valley.mailbox, 'deliver').mockRejectedValueOnce(full)
    await expect(valley.office.report(event())).rejects.toThrow('full')
    expect(notices).toEqual([])
    expect(await valley.office.report(event())).toBe('told')
  })
})

describe('loops and storms', () => {
  it('a bounce between two nodes ends with the first', async () => {
    await valley.send(alice(), [ridge.address('nobody')], letter('first'))
    await valley.directory.users.remove('alice')
    for (let turn = 0; turn < 4; turn += 1) {
      await carry(valley, ridge)
      await carry(ridge, valley)
    }
    expect(await lettersOnTheWay()).toEqual([])
    expect(await valley.spool.quarantine.list(10)).toMatchObject([{ reason: expect.stringContaining('no sender') }])
  })

  it('a letter to 300 who do not exist makes one report for each of its packets, and that is all', async () => {
    const bad = Array.from({ length: 300 }, (_, index) => ridge.address(`x${index}`))
    await valley.send(alice(), bad, letter('storm'))
    const [{ packets } = { packets: 0 }] = await valley.spool.outbox.summary()
    for (let turn = 0; turn < 3; turn += 1) {
      await carry(valley, ridge)
      await carry(ridge, valley)
    }
    expect(packets).toBeGreaterThan(10)
    const told = await reports()
    expect(told).toHaveLength(packets)
    expect(told.flatMap(read => about(read, 'Final-Recipient') ?? [])).toHaveLength(300)
    expect(await lettersOnTheWay()).toEqual([])
  })

  it('10,000 who cannot be reached stand in one report', async () => {
    const recipients = Array.from({ length: 10_000 }, (_, index) => `x${index}@far.example`)
    const failed = recipients.map(address => ({ address, status: '5.1.1', reason: 'nobody' }))
    const facts = { kind: 'failed', event: 'storm', messageId: 'm@test', original: null, arrivedAt: 1 } as const
    const event = { ...facts, envelope: { returnPath: alice(), recipients }, recipients: failed }
    for (let time = 0; time < 3; time += 1) expect(await valley.office.report(event)).toBe('told')
    const [read, ...more] = await reports()
    expect(more).toEqual([])
    expect(read?.recipients).toHaveLength(10_000)
  })

  it('a letter that came through more than 50 mail systems goes back to its sender', async () => {
    const text = `Return-Path: <${alice()}>\r\n${letter('round', 'Received: from a by b; now\r\n'.repeat(51))}`
    const path = execPath('sendmail', [ridge.address('bob')])
    const bytes = valley.seal(ridge, { type: 'exec-fat', niceness: 96, path }, streamOf(Buffer.from(text)))
    await ridge.arrive({ bytes, sender: valley.identity.id })
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toEqual([])
    expect(about((await reports())[0], 'Status')).toEqual(['5.4.6'])
  })

  it.each([
    ['a Posthorn node', true, 1],
    ['a stock node, whose mail program may write one', false, 2],
  ])('of %s, a letter with so many `Delivered-To:` is delivered and not sent on again', async (_, posthorn, least) => {
    await ridge.knows(valley, { posthorn })
    await ridge.directory.users.change('bob', { forward: { to: [valley.address('carol')], keeps: false } })
    const field = `Delivered-To: <${ridge.address('Bob+tag')}>\r\n`
    for (const times of [least - 1, least]) {
      await valley.send(alice(), [ridge.address('bob')], letter(`round-${times}`, field.repeat(times)))
    }
    await carry(valley, ridge)
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toEqual([expect.stringContaining(`round-${least}`)])
    expect(await valley.letters('carol')).toEqual([expect.stringContaining(`round-${least - 1}`)])
    expect(await reports()).toEqual([])
  })

  it('a letter that goes round is not taken from a client either', async () => {
    const round = letter('round', 'Received: from a by b; now\r\n'.repeat(51))
    await expect(valley.send(alice(), [valley.address('carol')], round)).rejects.toMatchObject({ code: 'mail-loop' })
    await valley.send(alice(), [valley.address('carol')], letter('fine', 'Received: from a by b; now\r\n'.repeat(50)))
    expect(await valley.letters('carol')).toHaveLength(1)
  })

  it('two people who forward to each other have the letter once each', async () => {
    const forward = (at: Office, user: string, to: string) =>
      at.directory.users.change(user, { forward: { to: [to], keeps: true } })
    await forward(valley, 'alice', ridge.address('bob'))
    await forward(ridge, 'bob', alice())
    await valley.send(valley.address('carol'), [alice()], letter('circle'))
    for (let round = 0; round < 3; round += 1) {
      await carry(valley, ridge)
      await carry(ridge, valley)
    }
    expect(await valley.letters('alice')).toHaveLength(1)
    expect(await ridge.letters('bob')).toHaveLength(1)
  })
})
