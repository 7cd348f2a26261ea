/** A letter that is taken back, and a disk that fails or a node that dies at any moment: it is whole or not at all. */
import { randomBytes } from 'node:crypto'
import type { PacketId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { expect, test } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { CrashError, Faults, faultyDatabase, faultyFiles, forEachOperation } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { node, outbound, stage } from './contract.ts'
import { openSpool } from './open-spool.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000
const [there, recipients] = [node(2), ['bob@there']]

async function bench() {
  const [database, directory, faults] = [openDatabase(':memory:'), await scratchDirectory(), new Faults()]
  const parts = { suite: pureSuite, random: randomBytes, log: silentLog, inlineBytesMax: 1024, directory }
  const open = () => openSpool({ ...parts, database: faultyDatabase(database, faults), files: faultyFiles(faults) })
  const spool = await open()
  const staged = await stage(spool, 1, 5000)
  const custody = { number: await spool.custody.number(there), road: [] }
  const envelope = { returnPath: 'alice@here', recipients }
  await spool.outbox.commit([outbound(staged, { envelope, custody, messageId: '1@x' })])
  await staged.discard()
  // It may have left.
  await spool.outbox.copied(staged.id, 'blue-1', at)
  return { faults, open, spool, letter: staged.id }
}

async function take(spool: Spool, letter: PacketId): Promise<void> {
  const staged = await stage(spool, 2, 5000)
  const facts = { letter, destination: there, messageId: '1@x', sender: 'alice@here', recipients } as const
  const asked = { hasLeft: true, tombstones: [outbound(staged)], asksDestination: true, asksRelays: [] } as const
  try {
    await spool.recalls.take({ ...facts, ...asked, everybody: recipients, reason: 'recalled', at })
  } finally {
    await staged.discard()
  }
}

test.each(['crash', 'ENOSPC', 'EIO'] as const)('%s at any operation: the letter or its tombstone', async fault => {
  const whole = await bench()
  whole.faults.arm(Number.POSITIVE_INFINITY, fault)
  await take(whole.spool, whole.letter)
  const { operations } = whole.faults
  expect(operations).toBeGreaterThan(3)
  await forEachOperation(operations, async operation => {
    const here = await bench()
    here.faults.arm(operation, fault)
    await take(here.spool, here.letter).catch((error: unknown) => {
      if (fault === 'crash') expect(error).toBeInstanceOf(CrashError)
      else expect(error).toMatchObject({ retry: 'later' })
    })
    here.faults.disarm()
    const spool = await here.open()
    const taken = await spool.recalls.ofMessage('1@x', null)
    const waiting = (await spool.outbox.page(there, { after: null, limit: 9 })).map(({ id }) => id)
    const isThere = (await spool.custody.get(here.letter)) !== undefined
    expect(taken).toHaveLength(isThere ? 0 : 1)
    expect(waiting.includes(here.letter)).toBe(isThere)
    expect(waiting).toHaveLength(1)
    if (isThere) await take(spool, here.letter)
    expect(await spool.custody.get(here.letter)).toBeUndefined()
    expect(await spool.recalls.ofMessage('1@x', null)).toMatchObject([{ asked: true, answer: null }])
    expect((await spool.outbox.page(there, { after: null, limit: 9 })).map(({ id }) => id)).not.toContain(here.letter)
  })
})
