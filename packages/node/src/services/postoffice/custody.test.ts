/** Where a letter could be lost, doubled or half-done: failures in the middle, removals meanwhile, wrong clocks. */
import { execPath } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { zstdCompress } from '../../base/zstd.ts'
import type { MailboxStore } from '../../stores/mailbox/index.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

let valley: Office
let ridge: Office
/** Called before each delivery at ridge. */
let beforeDelivery: (user: string) => Promise<void>

beforeEach(async () => {
  beforeDelivery = async () => {}
  const watched = (store: MailboxStore): MailboxStore => ({
    ...store,
    deliver: async delivery => {
      await beforeDelivery(delivery.user)
      return store.deliver(delivery)
    },
  })
  valley = await Office.open('valley', ['alice', 'carol'])
  ridge = await Office.open('ridge', ['bob', 'dora', 'eve'], watched)
  await valley.knows(ridge)
  await ridge.knows(valley)
})
afterEach(async () => {
  vi.useRealTimers()
  await valley.stop()
  await ridge.stop()
})

const letter = (id: string, text = `Text of ${id}.`) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\n${text}\r\n`
const full = () => new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })

describe('a packet for several people', () => {
  it('whose second delivery fails is tossed again: each has it once, and only then it is acknowledged', async () => {
    let failures = 1
    beforeDelivery = async user => {
      if (user === 'dora' && failures-- > 0) throw full()
    }
    const everybody = ['bob', 'dora', 'eve'].map(user => ridge.address(user))
    // Without a Message-ID: only the packet's own id can tell a second delivery.
    const path = execPath('sendmail', everybody)
    const text = `Return-Path: <${valley.address('alice')}>\r\nSubject: no id\r\n\r\nHello.\r\n`
    const bytes = valley.seal(ridge, { type: 'exec-fat', niceness: 96, path }, streamOf(Buffer.from(text)))
    await ridge.arrive({ bytes, sender: valley.identity.id })
    expect(await queueOf(ridge, valley)).toEqual([])
    await expect.poll(() => queueOf(ridge, valley), { timeout: 10_000 }).toHaveLength(1)
    for (const user of ['bob', 'dora', 'eve']) expect(await ridge.letters(user)).toHaveLength(1)
  })

  it('stopping waits for every toss that runs, also when another one failed', async () => {
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const begun = new Set<string>()
    beforeDelivery = user => {
      begun.add(user)
      return user === 'bob' ? held : Promise.reject(full())
    }
    Object.assign(ridge.spool.inbox, { retryLater: () => Promise.reject(full()) })
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('slow'))
    await valley.send(valley.address('alice'), [ridge.address('dora')], letter('failing'))
    for (const { id } of await queueOf(valley, ridge)) {
      const body = await valley.spool.outbox.open(id)
      if (body === undefined) throw new Error('the packet is gone')
      const staged = await ridge.spool.stage(body.read(), { signal: new AbortController().signal, sizeBytesMax: 1e6 })
      await ridge.spool.inbox.commit({ staged, sender: valley.identity.id, niceness: 96, source: 'test', at: 1 })
    }
    ridge.office.arrived()
    const stopped = vi.fn()
    await vi.waitFor(() => expect(begun.size).toBe(2), { timeout: 20_000 })
    const stopping = ridge.office.stop().then(stopped)
    for (let turn = 0; turn < 200; turn += 1) await new Promise(resolve => setImmediate(resolve))
    expect(stopped).not.toHaveBeenCalled()
    release()
    await stopping
  })
})

describe('a letter larger than this node takes', () => {
  it.each(['exec', 'exec-fat'] as const)('is kept, acknowledged, and its sender told (%s)', async type => {
    const path = execPath('sendmail', [ridge.address('bob'), ridge.address('dora')])
    const head = `Return-Path: <${valley.address('alice')}>\r\n${letter('huge', '')}`
    async function* large() {
      yield Buffer.from(head)
      for (let block = 0; block < 40; block += 1) yield Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)))
      for (let block = 0; block < 40; block += 1) yield Buffer.alloc(65_536, 'line\r\n')
    }
    const content = type === 'exec' ? zstdCompress(large()) : large()
    await ridge.arrive({ bytes: valley.seal(ridge, { type, niceness: 96, path }, content), sender: valley.identity.id })
    await carry(ridge, valley)
    expect(await ridge.letters('bob')).toEqual([])
    expect(await ridge.spool.quarantine.list(10)).toMatchObject([
      { kept: true, reason: expect.stringContaining('larger') },
    ])
    const [report] = await valley.letters('alice')
    expect(report).toContain('In-Reply-To: <huge@test>')
    expect(report?.match(/^Status: 5\.3\.4/gm)).toHaveLength(2)
  })
})

it('a letter that compresses to next to nothing is no bomb', async () => {
  await valley.send(valley.address('alice'), [ridge.address('bob')], letter('zeros', 'A'.repeat(3_500_000)))
  const [packet] = await queueOf(valley, ridge)
  expect(packet?.sizeBytes).toBeLessThan(3000)
  await carry(valley, ridge)
  expect(await ridge.spool.quarantine.list(10)).toEqual([])
  expect(await ridge.letters('bob')).toHaveLength(1)
})

describe('a neighbour that is removed', () => {
  it('while letters wait for it: their senders are told, once, and the packets go', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('one'))
    await valley.send(valley.address('carol'), [ridge.address('bob'), ridge.address('dora')], letter('two'))
    await valley.send('', [ridge.address('bob')], letter('bounce'))
    await valley.directory.neighbours.remove(ridge.identity.id)
    // Cut off between the telling and the going of the packet.
    const released = vi.spyOn(valley.spool.waiting, 'abandon').mockRejectedValue(full())
    await expect(valley.office.giveUp(ridge.identity.id)).rejects.toThrow('full')
    released.mockRestore()
    expect(await valley.office.giveUp(ridge.identity.id)).toBe(3)
    expect(await queueOf(valley, ridge)).toEqual([])
    const told = [...(await valley.letters('alice')), ...(await valley.letters('carol'))]
    expect(told).toHaveLength(2)
    expect(told[0]).toContain('In-Reply-To: <one@test>')
    expect(told[1]).toContain(`Final-Recipient: rfc822; ${ridge.address('dora')}`)
  })

  it('while a letter for it is handed in: found later, and its sender told', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('late'))
    await valley.office.giveUpStranded()
    expect(await queueOf(valley, ridge)).toHaveLength(1)
    await valley.directory.neighbours.remove(ridge.identity.id)
    await valley.office.giveUpStranded()
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(await valley.letters('alice')).toHaveLength(1)
  })
})

describe('a person who is removed', () => {
  it('between RCPT and DATA: the letter is refused for good, and nothing of it is kept', async () => {
    await valley.directory.users.remove('carol')
    const sent = valley.send(valley.address('alice'), [valley.address('carol'), ridge.address('bob')], letter('gone'))
    await expect(sent).rejects.toMatchObject({ code: 'unknown-user', retry: 'never' })
    expect(await queueOf(valley, ridge)).toEqual([])
    expect(await valley.letters('carol')).toEqual([])
  })

  it('while a letter is on its way: its sender is told', async () => {
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('missed'))
    await ridge.directory.users.remove('bob')
    await carry(valley, ridge)
    await carry(ridge, valley)
    expect(await valley.letters('alice')).toHaveLength(1)
  })
})

describe('a wrong clock', () => {
  const year = 366 * 24 * 60 * 60 * 1000
  const now = Date.UTC(2026, 5, 1)

  it.each([
    ['a year ahead, then right', now + year, now],
    ['a year behind, then right', now - year, now],
    ['1970, then a year ahead', 0, now + year],
    ['right, then 1970', now, 0],
  ])('%s: the letter is delivered once, acknowledged, and tried again when it failed', async (_, first, second) => {
    let failures = 1
    beforeDelivery = async () => {
      if (failures-- > 0) throw full()
    }
    vi.useFakeTimers({ toFake: ['Date'], now: first })
    await valley.send(valley.address('alice'), [ridge.address('bob')], letter('timeless'))
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toEqual([])
    vi.setSystemTime(second)
    for (const office of [valley, ridge]) {
      await office.spool.prune(second)
      await office.mailbox.prune(second)
    }
    vi.setSystemTime(second + 2000)
    ridge.office.arrived()
    await ridge.settled()
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
  })
})
