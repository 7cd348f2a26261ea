/** Packets that the disk has damaged on their way in are asked for again. */
import { randomBytes } from 'node:crypto'
import { readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PacketId } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { present } from '../../../base/assert.ts'
import { OperatingError } from '../../../base/errors.ts'
import { postofficeLimits } from '../limits.ts'
import { meet, tell } from '../recall/testing.ts'
import { carry, Office, queueOf, streamOf } from '../rig.ts'
import { packetList, readPacketList } from './wire.ts'

let valley: Office
let ridge: Office
beforeEach(async () => {
  valley = await Office.open('valley', ['alice'])
  ridge = await Office.open('ridge', ['bob'])
  await meet(valley, ridge)
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
})

const { signal } = new AbortController()
const fast = { signal, bytesPerSecondMax: null, anyway: false }

/** A letter that came to ridge, could not be delivered yet, and was damaged there. */
async function damagedLetter(): Promise<PacketId> {
  const text = `Message-ID: <one@test>\r\n\r\n${randomBytes(60_000).toString('base64')}\r\n`
  await valley.send(valley.address('alice'), [ridge.address('bob')], text)
  const failing = new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
  const deliver = vi.spyOn(ridge.mailbox, 'deliver').mockRejectedValue(failing)
  const [id] = await carry(valley, ridge)
  deliver.mockRestore()
  if (id === undefined) throw new Error('a letter is on its way')
  const path = join(ridge.mail, '..', 'spool', 'bodies', id.slice(0, 2), id)
  const bytes = await readFile(path)
  bytes[40_000] = (bytes[40_000] ?? 0) ^ 1
  await writeFile(path, bytes)
  return id
}

describe('a packet that was damaged on its way in', () => {
  it('is asked for again of the node that has it, comes, and is delivered once', async () => {
    const id = await damagedLetter()
    expect((await ridge.office.check(fast)).damaged).toMatchObject([{ id, room: 'inbox' }])
    expect(await ridge.spool.asked.list(9)).toMatchObject([{ id, sender: valley.identity.id, asked: true, gone: [] }])
    expect(await ridge.office.askAgain()).toBe(0)
    await carry(ridge, valley)
    // It waits there still: nothing is said to be gone.
    expect((await queueOf(valley, ridge)).map(packet => packet.id)).toEqual([id])
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    expect(await ridge.spool.asked.list(9)).toEqual([])
  })

  it('and is nowhere any more: that is said, and not asked there again', async () => {
    const id = await damagedLetter()
    await valley.spool.waiting.abandon([id], { kind: 'failed', at: 0 })
    await ridge.office.check(fast)
    await carry(ridge, valley)
    await carry(valley, ridge)
    expect(await ridge.spool.asked.list(9)).toMatchObject([{ id, gone: [valley.identity.id] }])
    await ridge.spool.prune(Date.now() + 48 * 3_600_000)
    const before = (await queueOf(ridge, valley)).length
    expect(await ridge.office.askAgain()).toBe(1)
    expect(await queueOf(ridge, valley)).toHaveLength(before)
  })
})

describe('a letter that was damaged on its way in, and whose bytes are lost at its sender too', () => {
  async function lostLetter(): Promise<PacketId> {
    const id = await damagedLetter()
    await valley.spool.outbox.release(id, 0)
    expect(await valley.spool.custody.limitBodies(0)).toBe(1)
    await ridge.office.check(fast)
    return id
  }

  it('is told of, once, and its journey says so', async () => {
    const id = await lostLetter()
    for (let times = 0; times < 3; times += 1) await tell(ridge, valley, 'again', packetList([id]))
    const [report, ...others] = await valley.letters('alice')
    expect(others).toEqual([])
    expect(report).toContain('It was damaged on the disk of ridge before it was delivered')
    const [journey] = await valley.journeys.ofLetter(id)
    expect(journey).toMatchObject({ state: 'failed', recipient: ridge.address('bob') })
    expect(await valley.spool.custody.get(id)).toBeUndefined()
  })

  it('is not told of when the one who asks is not its node', async () => {
    const id = await lostLetter()
    const mallory = await Office.open('mallory', [])
    await meet(valley, mallory)
    await tell(mallory, valley, 'again', packetList([id]))
    expect(await valley.letters('alice')).toEqual([])
    expect(await valley.spool.custody.get(id)).toBeDefined()
    await mallory.stop()
  })

  it('arrives after all: then its sender hears that too', async () => {
    const id = await damagedLetter()
    const body = await valley.spool.outbox.open(id)
    const bytes: Buffer[] = []
    for await (const chunk of body?.read() ?? []) bytes.push(Buffer.from(chunk))
    await valley.spool.outbox.release(id, 0)
    await valley.spool.custody.limitBodies(0)
    await ridge.office.check(fast)
    await carry(ridge, valley)
    expect(await valley.letters('alice')).toHaveLength(1)
    await ridge.arrive({ bytes: streamOf(...bytes), sender: valley.identity.id })
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(ridge, valley)
    await valley.office.lookAfterWaiting()
    const reports = (await valley.letters('alice')).map(text => /^Message-ID: <(\w+)\./m.exec(text)?.[1])
    expect(new Set(reports)).toEqual(new Set(['arrived', 'failed']))
    expect(await valley.journeys.ofLetter(id)).toMatchObject([{ state: 'delivered' }])
  })
})

it('a letter whose bytes are gone from the disk keeps no other from being sent again', async () => {
  const peak = await Office.open('peak', ['carol'])
  await meet(valley, peak, { via: [ridge.identity.id] })
  for (const name of ['one', 'other']) {
    const text = `Message-ID: <${name}@test>\r\n\r\n${randomBytes(60_000).toString('base64')}\r\n`
    await valley.send(valley.address('alice'), [peak.address('carol')], text)
  }
  for (const { id } of await queueOf(valley, ridge)) await valley.spool.outbox.release(id, 0)
  const { id } = present((await valley.spool.custody.page(peak.identity.id, { after: 0, limit: 9 }))[0], 'a letter')
  await unlink(join(valley.mail, '..', 'spool', 'bodies', id.slice(0, 2), id))
  await valley.office.lookAfterCustody(10 * 24 * 3_600_000)
  expect(await queueOf(valley, peak)).toHaveLength(2)
  await valley.office.lookAfterCustody(30 * 24 * 3_600_000)
  expect(await queueOf(valley, ridge)).toHaveLength(1)
  await peak.stop()
})

describe('who asks', () => {
  it('for packets of others learns nothing: they are as if they were not there', async () => {
    const id = await damagedLetter()
    const mallory = await Office.open('mallory', [])
    await meet(valley, mallory)
    await tell(mallory, valley, 'again', packetList([id]))
    const kinds = await queueOf(valley, mallory)
    expect(kinds).toHaveLength(1)
    await carry(valley, mallory)
    expect(await mallory.spool.asked.list(9)).toEqual([])
    expect((await queueOf(valley, ridge)).map(packet => packet.id)).toEqual([id])
    await mallory.stop()
  })

  it('with too many, or with rubbish, is set aside', async () => {
    const many = Array.from({ length: postofficeLimits.askedAtOnceMax + 1 }, () => 'A'.repeat(52) as PacketId)
    expect(() => readPacketList(packetList(many))).toThrow('more than')
    for (const bytes of [packetList(many), Buffer.from('rubbish'), Buffer.concat([packetList([]), Buffer.from([1])])]) {
      await tell(ridge, valley, 'again', bytes)
    }
    const reasons = (await valley.spool.quarantine.list(9)).map(({ reason }) => reason)
    expect(reasons).toEqual(Array(3).fill('a request for packets that cannot be read'))
  })

  it('an answer about packets that were not asked for changes nothing', async () => {
    const id = await damagedLetter()
    await ridge.office.check(fast)
    const mallory = await Office.open('mallory', [])
    await meet(ridge, mallory)
    await tell(mallory, ridge, 'gone', packetList([id]))
    expect(await ridge.spool.asked.list(9)).toMatchObject([{ id, gone: [] }])
    await mallory.stop()
  })
})
