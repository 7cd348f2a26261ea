/** Packets that the disk has damaged on their way in are asked for again. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PacketId } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OperatingError } from '../../../base/errors.ts'
import { postofficeLimits } from '../limits.ts'
import { meet, tell } from '../recall/testing.ts'
import { carry, Office, queueOf } from '../rig.ts'
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
