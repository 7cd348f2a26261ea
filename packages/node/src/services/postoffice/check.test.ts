/** What the disk has damaged is found and let go of in good order; what a person removes, too. */
import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PacketId } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import type { RemovedPacket } from './index.ts'
import type { RemoveOptions } from './remove.ts'
import { carry, Office, queueOf } from './rig.ts'

let valley: Office
let ridge: Office
let sleptMs: number

const clock: Clock = {
  ...systemClock,
  sleep: async (delayMs, signal) => {
    if (signal.aborted) return systemClock.sleep(delayMs, signal)
    sleptMs += delayMs
  },
}

beforeEach(async () => {
  sleptMs = 0
  valley = await Office.open('valley', ['alice', 'carol'], store => store, {}, [], clock)
  ridge = await Office.open('ridge', ['bob'])
  await valley.knows(ridge)
  await ridge.knows(valley)
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
})

const { signal } = new AbortController()
const fast = { signal, bytesPerSecondMax: null, anyway: false }
/** Incompressible, so that its body is a file. */
const letter = (id: string) =>
  `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\n${randomBytes(60_000).toString('base64')}\r\n`
const fileOf = (office: Office, id: PacketId) => join(office.mail, '..', 'spool', 'bodies', id.slice(0, 2), id)

async function flipBit(office: Office, id: PacketId): Promise<void> {
  const bytes = await readFile(fileOf(office, id))
  bytes[40_000] = (bytes[40_000] ?? 0) ^ 1
  await writeFile(fileOf(office, id), bytes)
}

async function send(...ids: string[]): Promise<PacketId[]> {
  for (const id of ids) await valley.send(valley.address('alice'), [ridge.address('bob')], letter(id))
  return (await queueOf(valley, ridge)).map(packet => packet.id)
}

describe('reading the spool again', () => {
  it('finds nothing wrong where nothing is', async () => {
    await send('one', 'two')
    const steps = vi.fn()
    const report = await valley.office.check({ ...fast, onProgress: steps })
    expect(report).toEqual({ packets: 2, bytes: expect.any(Number), unreadable: 0, damaged: [] })
    expect(report.bytes).toBeGreaterThan(100_000)
    expect(steps).toHaveBeenLastCalledWith({ packets: 2, bytes: report.bytes, bytesTotal: report.bytes })
    expect(sleptMs).toBe(0)
    expect(await queueOf(valley, ridge)).toHaveLength(2)
  })

  it.each(['damaged', 'missing'] as const)(
    'a letter on its way out whose bytes are %s: its sender is told',
    async state => {
      const [one, two] = await send('one', 'two')
      if (one === undefined || two === undefined) return expect.unreachable()
      await (state === 'damaged' ? flipBit(valley, one) : rm(fileOf(valley, one)))
      const { damaged } = await valley.office.check(fast)
      expect(damaged).toMatchObject([{ id: one, state, room: 'outbox', told: true }])
      const [report, ...more] = await valley.letters('alice')
      expect(more).toEqual([])
      expect(report).toContain('In-Reply-To: <one@test>')
      expect(report).toContain(`Final-Recipient: rfc822; ${ridge.address('bob')}`)
      expect((await queueOf(valley, ridge)).map(({ id }) => id)).toEqual([two])
      const reason = expect.stringContaining(state === 'damaged' ? 'damaged on the disk' : 'gone from the disk')
      expect(await valley.spool.quarantine.list(10)).toMatchObject([
        { name: one, kept: false, source: 'outbox', reason },
      ])
      expect((await valley.office.check(fast)).damaged).toEqual([])
      await carry(valley, ridge)
      expect(await ridge.letters('bob')).toHaveLength(1)
    },
  )

  it('a packet on its way in is taken again when it is offered again, and delivered', async () => {
    const [id] = await send('one')
    if (id === undefined) return expect.unreachable()
    const failing = new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
    const deliver = vi.spyOn(ridge.mailbox, 'deliver').mockRejectedValue(failing)
    await carry(valley, ridge)
    deliver.mockRestore()
    expect(await ridge.spool.inbox.seen(id)).toMatchObject({ outcome: 'waiting' })
    await flipBit(ridge, id)
    expect((await ridge.office.check(fast)).damaged).toMatchObject([
      { id, state: 'damaged', room: 'inbox', told: false },
    ])
    expect(await ridge.spool.inbox.seen(id)).toBeUndefined()
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('the telling is told once, also when the letting go was cut off', async () => {
    const [id] = await send('one')
    if (id === undefined) return expect.unreachable()
    await flipBit(valley, id)
    const full = new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
    vi.spyOn(valley.spool.scrub, 'setAside').mockRejectedValueOnce(full)
    await expect(valley.office.check(fast)).rejects.toThrow('full')
    expect((await valley.office.check(fast)).damaged).toHaveLength(1)
    expect(await valley.letters('alice')).toHaveLength(1)
  })

  it('when very much is missing nothing is let go of, unless a person says so', async () => {
    const ids = await send(...Array.from({ length: 12 }, (_, at) => `letter-${at}`))
    for (const id of ids.slice(1)) await rm(fileOf(valley, id))
    await expect(valley.office.check(fast)).rejects.toMatchObject({ code: 'spool-damaged', retry: 'later' })
    expect(await queueOf(valley, ridge)).toHaveLength(12)
    expect(await valley.letters('alice')).toEqual([])
    expect((await valley.office.check({ ...fast, anyway: true })).damaged).toHaveLength(11)
    expect(await queueOf(valley, ridge)).toHaveLength(1)
  })

  it('what the disk will not read now is left as it is', async () => {
    const [id] = await send('one')
    const broken = new OperatingError('The disk failed.', { code: 'disk-failed', retry: 'later' })
    vi.spyOn(valley.spool.scrub, 'verify').mockRejectedValueOnce(broken)
    expect(await valley.office.check(fast)).toMatchObject({ packets: 1, unreadable: 1, damaged: [] })
    expect((await queueOf(valley, ridge)).map(packet => packet.id)).toEqual([id])
  })

  it('goes no faster than it may, and ends when it is told to', async () => {
    const ids = await send(...Array.from({ length: 20 }, (_, at) => `letter-${at}`))
    const { bytes } = await valley.office.check({ ...fast, bytesPerSecondMax: 1000 })
    expect(sleptMs).toBeGreaterThan(bytes - 1_100_000)
    expect(sleptMs).toBeLessThanOrEqual(bytes)
    await flipBit(valley, ids[0] ?? expect.unreachable())
    const stopped = valley.office.check({ ...fast, signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(await valley.letters('alice')).toEqual([])
  })
})

describe('a round that is cut off', () => {
  const mib = 1024 * 1024
  const pieceBytes = 24 * mib
  const bodies = 30

  /** Reads in the background until so many bodies are read, as if each were large; answers which they were. */
  async function session(readsMax: number): Promise<{ read: PacketId[]; isDone: boolean }> {
    const stopping = new AbortController()
    const read: PacketId[] = []
    vi.spyOn(valley.spool.scrub, 'verify').mockImplementation(async (id, { pace }) => {
      if (read.length === readsMax) stopping.abort()
      stopping.signal.throwIfAborted()
      await pace(pieceBytes)
      read.push(id)
      return 'sound'
    })
    const how = { signal: stopping.signal, bytesPerSecondMax: 16 * mib, anyway: false, resume: true }
    const isDone = await valley.office.check(how).then(
      () => true,
      (error: Error) => {
        expect(error.name).toBe('AbortError')
        return false
      },
    )
    return { read, isDone }
  }

  const letters = () => send(...Array.from({ length: bodies }, (_, at) => `letter-${at}`))

  it('goes on where it was, and has read every body in the end', async () => {
    const all = await letters()
    const read: PacketId[] = []
    let sessions = 0
    for (let isDone = false; !isDone && sessions < bodies; sessions += 1) {
      const one = await session(5)
      read.push(...one.read)
      isDone = one.isDone
      expect((await valley.spool.scrub.round())?.after === null).toBe(isDone)
    }
    expect(new Set(read)).toEqual(new Set(all))
    // Of each session only what was read after its last note is read again.
    expect(sessions).toBeGreaterThan(bodies / 5)
    expect(sessions).toBeLessThanOrEqual(bodies / 3 + 1)
    expect(await session(Number.POSITIVE_INFINITY)).toMatchObject({ isDone: true, read: { length: bodies } })
  })

  it('passes over no damaged one: what it has found, and not let go of, it finds again', async () => {
    const all = [...(await letters())].sort()
    const [first] = all
    if (first === undefined) return expect.unreachable()
    await flipBit(valley, first)
    const verify = valley.spool.scrub.verify.bind(valley.spool.scrub)
    const stopping = new AbortController()
    let read = 0
    const verifying = vi.spyOn(valley.spool.scrub, 'verify').mockImplementation(async (id, options) => {
      if (read === 20) stopping.abort()
      stopping.signal.throwIfAborted()
      read += 1
      await options.pace(pieceBytes)
      return verify(id, { ...options, pace: async () => undefined })
    })
    const how = { bytesPerSecondMax: null, anyway: false, resume: true }
    await expect(valley.office.check({ ...how, signal: stopping.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(await valley.letters('alice')).toEqual([])
    verifying.mockImplementation(verify)
    expect((await valley.office.check({ ...how, signal })).damaged).toMatchObject([{ id: first, told: true }])
    expect((await valley.spool.scrub.round())?.after).toBeNull()
  })
})

describe('removing packets', () => {
  const both = { outgoing: true, incoming: true, until: Number.MAX_SAFE_INTEGER, dryRun: false, signal }

  async function remove(office: Office, options: Pick<RemoveOptions, 'which'> & Partial<RemoveOptions>) {
    const removed: RemovedPacket[] = []
    for await (const packet of office.office.removePackets({ ...both, ...options })) removed.push(packet)
    return removed
  }

  it('on their way out: their senders are told; nothing when it is only asked', async () => {
    const [one, two, three] = await send('one', 'two', 'three')
    if (one === undefined || two === undefined || three === undefined) return expect.unreachable()
    const all = { which: { neighbours: [ridge.identity.id] } }
    expect((await remove(valley, { ...all, dryRun: true })).map(({ id }) => id)).toEqual([one, two, three])
    expect(await remove(valley, { ...all, until: 5 })).toEqual([])
    expect(await remove(valley, { ...all, outgoing: false })).toEqual([])
    expect(await valley.letters('alice')).toEqual([])
    const facts = { room: 'outbox', neighbour: ridge.identity.id, niceness: 96, told: true }
    expect(await remove(valley, { which: { packets: [two, two] } })).toMatchObject([{ id: two, ...facts }])
    expect(await valley.letters('alice')).toEqual([expect.stringContaining('In-Reply-To: <two@test>')])
    expect(await remove(valley, all)).toMatchObject([{ id: one }, { id: three }])
    expect(await valley.letters('alice')).toHaveLength(3)
    expect(await queueOf(valley, ridge)).toEqual([])
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toEqual([])
  })

  it('more than one page of them', async () => {
    const many = Array.from({ length: 230 }, (_, at) => `letter-${at}`)
    for (const id of many) await valley.send('', [ridge.address('bob')], `Message-ID: <${id}@test>\r\n\r\nx\r\n`)
    expect(await remove(valley, { which: { neighbours: [ridge.identity.id] } })).toHaveLength(230)
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('on their way in: they do not come again, and nobody is told that we have them', async () => {
    const [id] = await send('one')
    if (id === undefined) return expect.unreachable()
    const failing = new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
    const deliver = vi.spyOn(ridge.mailbox, 'deliver').mockRejectedValue(failing)
    await carry(valley, ridge)
    deliver.mockRestore()
    const which = { neighbours: [valley.identity.id] }
    const facts = { id, room: 'inbox', neighbour: valley.identity.id, niceness: 96, told: false }
    expect(await remove(ridge, { which, dryRun: true })).toMatchObject([facts])
    expect(await remove(ridge, { which })).toMatchObject([facts])
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toEqual([])
    expect(await queueOf(ridge, valley)).toEqual([])
  })

  it('beginnings of packets', async () => {
    const id = 'A'.repeat(52) as PacketId
    const partial = await ridge.spool.partials.open(id, 1_000_000)
    await partial?.append(new Uint8Array(100_000))
    await partial?.keep()
    const found = async (dryRun: boolean, until: number) => {
      const removed: RemovedPacket[] = []
      for await (const packet of ridge.office.removePartials({ dryRun, until })) removed.push(packet)
      return removed
    }
    const ever = Number.MAX_SAFE_INTEGER
    expect(await found(false, 5)).toEqual([])
    expect(await found(true, ever)).toMatchObject([{ id, room: 'partial', sizeBytes: 100_000 }])
    expect(await remove(ridge, { which: { packets: [id] }, dryRun: true })).toMatchObject([{ id, room: 'partial' }])
    expect(await found(false, ever)).toMatchObject([{ id }])
    expect(await found(false, ever)).toEqual([])
  })
})
