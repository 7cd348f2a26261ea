/** Letters that wait for weeks: warned of once, returned once, by the days on which the node ran. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import type { MailboxStore } from '../../stores/mailbox/index.ts'
import type { Notice } from './index.ts'
import { readReport, valueIn } from './letter/report-reader.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

const dayMs = 24 * 60 * 60 * 1000
const start = Date.UTC(2026, 5, 1, 12)

let now: number
let valley: Office
let ridge: Office
let pass: Office
let notices: Notice[]
let beforeDelivery: (user: string) => Promise<void>

beforeEach(async () => {
  now = start
  notices = []
  beforeDelivery = async () => {}
  const watched = (store: MailboxStore): MailboxStore => ({
    ...store,
    deliver: async delivery => {
      await beforeDelivery(delivery.user)
      return store.deliver(delivery)
    },
  })
  const clock = { ...systemClock, now: () => now }
  const more = { notice: async (notice: Notice) => void notices.push(notice) }
  valley = await Office.open('valley', ['alice', 'carol'], watched, {}, [], clock, more)
  ridge = await Office.open('ridge', ['bob', 'dora'])
  pass = await Office.open('pass', ['eve'])
  await valley.knows(ridge)
  await valley.knows(pass)
  await ridge.knows(valley)
})
afterEach(async () => {
  for (const office of [valley, ridge, pass]) await office.stop()
})

const letter = (id: string, more = '') => `Message-ID: <${id}@test>\r\n${more}Subject: ${id}\r\n\r\nText of ${id}.\r\n`
const full = () => new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
const alice = () => valley.address('alice')
const sent = (id: string, ...more: string[]) => valley.send(alice(), [ridge.address('bob'), ...more], letter(id))

/** What maintenance does, some times a day. */
async function round() {
  await valley.spool.prune(now)
  return valley.office.lookAfterWaiting()
}

async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    now += dayMs
    await round()
  }
}

const reports = async (user = 'alice') => (await valley.letters(user)).map(readReport)
const actions = async (user = 'alice') =>
  (await reports(user)).map(({ recipients }) => valueIn(recipients[0] ?? [], 'Action')).sort()

describe('a letter that nobody fetches', () => {
  beforeEach(round)

  it('is warned of after five days, once, and given up after thirty', async () => {
    await sent('slow')
    await days(4)
    expect(await reports()).toEqual([])
    await days(1)
    const [warning] = await reports()
    expect(warning?.recipients).toMatchObject([
      [
        ['Final-Recipient', `rfc822; ${ridge.address('bob')}`],
        ['Action', 'delayed'],
        ['Status', '4.4.1'],
        ['Diagnostic-Code', expect.stringContaining('waited for 5 days on which valley ran')],
        ['Last-Attempt-Date', expect.anything()],
        ['Will-Retry-Until', expect.stringContaining('01 Jul 2026')],
      ],
    ])
    await days(24)
    expect(await actions()).toEqual(['delayed'])
    expect(await queueOf(valley, ridge)).toHaveLength(1)
    await days(1)
    expect(await actions()).toEqual(['delayed', 'failed'])
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(await valley.spool.scrub.total()).toEqual({ packets: 0, bytes: 0 })
    await days(40)
    expect(await actions()).toEqual(['delayed', 'failed'])
    expect(notices.map(({ kind, messageId }) => [kind, messageId])).toEqual([
      ['delayed', 'slow@test'],
      ['returned', 'slow@test'],
    ])
  })

  it('brings its header back, never its text', async () => {
    await sent('kept')
    await days(5)
    const [warning] = await reports()
    expect(warning?.original).toEqual({
      type: 'text/rfc822-headers',
      content: 'Message-ID: <kept@test>\r\nSubject: kept\r\n',
    })
  })

  it('for people at several nodes is told of in one report; who has it meanwhile is not in it', async () => {
    await sent('several', ridge.address('dora'), pass.address('eve'))
    await sent('other')
    await days(5)
    const warnings = await reports()
    expect(warnings.map(({ recipients }) => recipients.length)).toEqual(expect.arrayContaining([1, 3]))
    expect(warnings).toHaveLength(2)
    await carry(valley, ridge)
    await carry(ridge, valley)
    await days(25)
    const returned = (await reports()).filter(({ text }) => text.includes('does not try any longer'))
    expect(returned).toHaveLength(1)
    expect(returned[0]?.recipients.map(fields => valueIn(fields, 'Final-Recipient'))).toEqual([
      `rfc822; ${pass.address('eve')}`,
    ])
  })

  it('may still arrive when a copy lies on a stick, and its report says so', async () => {
    await sent('stick')
    const [packet] = await queueOf(valley, ridge)
    await valley.spool.outbox.copied(packet?.id ?? expect.unreachable(), 'stick', now)
    const body = await valley.spool.outbox.open(packet?.id ?? expect.unreachable())
    if (body === undefined) return expect.unreachable()
    const chunks: Uint8Array[] = []
    for await (const chunk of body.read()) chunks.push(chunk)
    await days(30)
    const texts = (await reports()).map(({ text }) => text)
    expect(texts).toHaveLength(2)
    for (const text of texts) expect(text).toContain('may still arrive')
    await ridge.arrive({ bytes: streamOf(...chunks), sender: valley.identity.id })
    expect(await ridge.letters('bob')).toHaveLength(1)
    // The ack finds nothing to release, and that is all.
    await carry(ridge, valley)
    expect(await actions()).toEqual(['delayed', 'failed'])
  })

  it('is told of as its sender wished', async () => {
    const wish = (notify: readonly ('success' | 'failure' | 'delay')[]) => ({
      recipients: { [ridge.address('bob')]: { notify } },
    })
    for (const [id, notify] of [
      ['never', []],
      ['failure', ['failure']],
      ['delay', ['delay']],
    ] as const) {
      await valley.send(alice(), [ridge.address('bob')], letter(id), wish(notify))
    }
    await days(31)
    const told = (await reports()).map(({ original, recipients }) => [
      /<(\w+)@test>/.exec(original?.content ?? '')?.[1],
      valueIn(recipients[0] ?? [], 'Action'),
    ])
    expect(told).toHaveLength(2)
    expect(told).toEqual(
      expect.arrayContaining([
        ['delay', 'delayed'],
        ['failure', 'failed'],
      ]),
    )
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('goes without a word when it is a bounce, an automatic answer or mail to many', async () => {
    await valley.send('', [ridge.address('bob')], letter('bounce'))
    for (const field of ['Auto-Submitted: auto-replied', 'Precedence: bulk', 'Precedence: list']) {
      await valley.send(alice(), [ridge.address('bob')], letter(field.replace(/\W/g, ''), `${field}\r\n`))
    }
    await days(31)
    expect(await reports()).toEqual([])
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(notices).toEqual([])
  })

  it('is told of when an automatic letter asks for it', async () => {
    const wishes = { recipients: { [ridge.address('bob')]: { notify: ['failure'] } } } as const
    await valley.send(alice(), [ridge.address('bob')], letter('asks', 'Auto-Submitted: auto-replied\r\n'), wishes)
    await days(31)
    expect(await actions()).toEqual(['failed'])
  })

  it('that a program wrote by itself is told of: nobody else would notice', async () => {
    await valley.send(alice(), [ridge.address('bob')], letter('cron', 'Auto-Submitted: auto-generated\r\n'))
    await days(31)
    expect(await actions()).toEqual(['delayed', 'failed'])
  })
})

describe('a wrong clock', () => {
  it.each([
    ['a year ahead', [366]],
    ['a year behind', [-366]],
    ['1970', [-Math.floor(start / dayMs)]],
    ['ahead, and right again', [366, -366]],
  ])('%s: nothing is warned of or given up', async (_, jumps) => {
    await round()
    await sent('timeless')
    for (const jump of jumps) {
      now += jump * dayMs
      for (let time = 0; time < 30; time += 1) {
        now += 60_000
        expect(await round()).toEqual({ warned: 0, returned: 0, expired: 0 })
      }
    }
    expect(await queueOf(valley, ridge)).toHaveLength(1)
  })
})

describe('when something fails in between', () => {
  beforeEach(round)

  it.each([
    ['markWarned', 7, ['delayed']],
    ['abandon', 31, ['delayed', 'failed']],
  ] as const)('%s: the report is not told again', async (step, waited, told) => {
    await sent('crash', pass.address('eve'))
    const failing = vi.spyOn(valley.spool.waiting, step).mockRejectedValue(full())
    await days(waited)
    expect(await actions()).toEqual(told)
    failing.mockRestore()
    // One of the two has got through since.
    const [packet] = await queueOf(valley, pass)
    await valley.spool.outbox.acknowledge(packet?.id ?? expect.unreachable(), pass.identity.id, now)
    await days(2)
    expect(await actions()).toEqual(told)
    expect(await queueOf(valley, ridge)).toHaveLength(step === 'abandon' ? 0 : 1)
  })

  it('a mailbox: its letters stay as they are and are told of later, others meanwhile', async () => {
    await sent('first')
    await valley.send(valley.address('carol'), [ridge.address('bob')], letter('second'))
    beforeDelivery = async user => {
      if (user === 'alice') throw full()
    }
    await days(31)
    expect(await actions('carol')).toEqual(['delayed', 'failed'])
    expect((await queueOf(valley, ridge)).map(({ messageId }) => messageId)).toEqual(['first@test'])
    beforeDelivery = async () => {}
    await days(1)
    expect(await actions()).toEqual(['failed'])
    expect(await queueOf(valley, ridge)).toEqual([])
  })
})

it('many are looked after in pages, each once', async () => {
  await round()
  for (let index = 0; index < 230; index += 1) await sent(`many-${index}`)
  await days(5)
  expect(notices).toHaveLength(230)
  expect(new Set(notices.map(({ messageId }) => messageId)).size).toBe(230)
})

it('with 0 days nobody is told, and nothing given up', async () => {
  const clock = { ...systemClock, now: () => now }
  const waiting = { warnAfterDays: 0, returnAfterDays: 0 }
  const patient = await Office.open('patient', ['alice'], store => store, {}, [], clock, { waiting })
  await patient.knows(ridge)
  await patient.send(patient.address('alice'), [ridge.address('bob')], letter('for-ever'))
  for (let day = 0; day < 60; day += 1) {
    now += dayMs
    await patient.spool.prune(now)
    expect(await patient.office.lookAfterWaiting()).toEqual({ warned: 0, returned: 0, expired: 0 })
  }
  expect(await queueOf(patient, ridge)).toHaveLength(1)
  await patient.stop()
})
