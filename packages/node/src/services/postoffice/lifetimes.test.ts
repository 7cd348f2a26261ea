import type { PacketId } from '@posthorn/nncp'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { parseHead } from './letter/header.ts'
import { meet } from './recall/testing.ts'
import { Office, queueOf } from './rig.ts'

const dayMs = 24 * 60 * 60 * 1000
const offices: Office[] = []
afterEach(async () => {
  for (const office of offices.splice(0)) await office.stop()
})

async function pair(lifetimeDays: number): Promise<[Office, Office]> {
  const waiting = { warnAfterDays: 0, returnAfterDays: 0, lifetimeDays }
  const a = await Office.open('alpha', ['alice'], undefined, {}, [], systemClock, { waiting })
  const b = await Office.open('beta', ['bob'])
  offices.push(a, b)
  await meet(a, b)
  await a.spool.prune(noon)
  return [a, b]
}

const noon = Date.UTC(2026, 5, 1, 12)
const text = 'Message-ID: <1@alpha>\r\nSubject: today only\r\n\r\nx\r\n'
const letters = async (a: Office, b: Office) => (await queueOf(a, b)).filter(({ envelope }) => envelope !== null)

async function write(a: Office, b: Office, letter = text): Promise<PacketId> {
  await a.send(a.address('alice'), [b.address('bob')], letter)
  return (await letters(a, b))[0]?.id as PacketId
}

describe('a letter with a lifetime', () => {
  it('expires after so many whole days, its sender is told once, and nothing of it is left', async () => {
    const [a, b] = await pair(2)
    await write(a, b)
    for (const day of [1, 2]) {
      await a.spool.prune(noon + day * dayMs)
      expect(await a.office.lookAfterWaiting()).toMatchObject({ expired: 0 })
    }
    await a.spool.prune(noon + 3 * dayMs)
    expect(await a.office.lookAfterWaiting()).toMatchObject({ expired: 1 })
    expect(await a.office.lookAfterWaiting()).toMatchObject({ expired: 0 })
    expect(await queueOf(a, b)).toEqual([])
    const [report, ...more] = await a.letters('alice')
    expect(more).toEqual([])
    expect(report).toMatch(/Your message has expired[\s\S]*Action: failed\r\nStatus: 5\.4\.7/)
    const { journeys } = await a.office.recall(
      { messageId: '1@alpha', sender: null, recipients: null },
      new AbortController().signal,
    )
    expect(journeys.map(({ state }) => state)).toEqual(['expired'])
  })

  it('that may have left is stopped where it is', async () => {
    const [a, b] = await pair(1)
    const id = await write(a, b)
    const stick = await a.spool.outbox.open(id)
    const copy: Uint8Array[] = []
    for await (const chunk of stick?.read() ?? []) copy.push(Uint8Array.from(chunk))
    for (const day of [1, 2]) await a.spool.prune(noon + day * dayMs)
    await a.office.lookAfterWaiting()
    expect(await letters(a, b)).toEqual([])
    const [tombstone] = await queueOf(a, b)
    const bytes = await a.spool.outbox.open(tombstone?.id as PacketId)
    await b.arrive({ bytes: bytes?.read() ?? gone(), sender: a.identity.id })
    async function* gone() {
      yield* copy
    }
    await b.arrive({ bytes: gone(), sender: a.identity.id })
    expect(await b.letters('bob')).toEqual([])
  })

  it.each([
    ['a year ahead', [noon + 365 * dayMs]],
    ['a year behind', [noon - 365 * dayMs]],
    ['at 1970', [0]],
    ['that jumps ahead and back on one day', [noon + 365 * dayMs, noon]],
  ])('does not expire early by a clock %s', async (_, times) => {
    const [a, b] = await pair(2)
    await write(a, b)
    for (const now of times) await a.spool.prune(now)
    expect(await a.office.lookAfterWaiting()).toMatchObject({ expired: 0 })
    expect(await letters(a, b)).toHaveLength(1)
  })

  it('has it from its own header, by the clock of who wrote it, before the node’s', async () => {
    const [a, b] = await pair(30)
    const dates = 'Date: Fri, 01 Jan 1971 10:00:00 +0000\r\nExpires: Sat, 02 Jan 1971 11:00:00 +0000\r\n'
    await write(a, b, dates + text)
    expect((await letters(a, b))[0]?.envelope?.wishes).toEqual({ lifetimeDays: 2 })
    const lifetimeOf = (block: string) => parseHead(block).lifetimeDays
    expect(lifetimeOf('Expires: Sat, 02 Jan 1971 11:00:00 +0000\r\n')).toBeNull()
    expect(
      lifetimeOf('Date: Sat, 02 Jan 1971 11:00:00 +0000\r\nExpires: Fri, 01 Jan 1971 10:00:00 +0000\r\n'),
    ).toBeNull()
    expect(lifetimeOf('Date: rubbish\r\nExpiry-Date: 99\r\n')).toBeNull()
  })

  it('has none without either, and no report ever has one', async () => {
    const [a, b] = await pair(0)
    await write(a, b)
    expect((await letters(a, b))[0]?.envelope?.wishes).toBeUndefined()
    for (let day = 1; day < 400; day += 1) await a.spool.prune(noon + day * dayMs)
    expect(await a.office.lookAfterWaiting()).toMatchObject({ expired: 0 })
  })
})
