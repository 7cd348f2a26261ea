import { randomBytes } from 'node:crypto'
import type { PacketId } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog as log } from '../../base/log.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { noteRestore } from '../database/restores.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { node, outbound, stage } from './contract.ts'
import { openSpool } from './open-spool.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000
const [near, far] = [node(2), node(3)]
const envelope = { returnPath: 'alice@here', recipients: ['bob@there'] }

function spoolOn(database: Database, directory: string): Promise<Spool> {
  return openSpool({ database, directory, suite, random: randomBytes, log })
}

async function write(spool: Spool, seed: number, nextHop = near): Promise<PacketId> {
  const staged = await stage(spool, seed)
  await spool.outbox.commit([outbound(staged, { envelope, nextHop, destination: nextHop })])
  return staged.id
}

function neverLeft(spool: Spool, letter: PacketId): Promise<boolean> {
  const { recipients, returnPath: sender } = envelope
  return spool.recalls.take({
    ...{ letter, destination: near, messageId: 'm', sender, recipients, everybody: recipients, reason: 'recalled' },
    ...{ hasLeft: false, tombstones: [], asksDestination: true, asksRelays: [], at },
  })
}

test('what a program that died may have sent is not said never to have left; later ones and others are', async () => {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const directory = await scratchDirectory()
  const start = () => spoolOn(database, directory)
  const first = await start()
  const [opened, beside, other] = [await write(first, 1), await write(first, 2), await write(first, 3, far)]
  await first.outbox.open(opened)
  // Killed here. Nobody knows any more which of those for the same neighbour were opened.
  const second = await start()
  const later = await write(second, 4)
  expect(await neverLeft(second, beside)).toBe(false)
  expect(await neverLeft(second, opened)).toBe(false)
  expect(await neverLeft(second, other)).toBe(true)
  expect(await neverLeft(second, later)).toBe(true)
  const third = await start()
  expect(await neverLeft(third, await write(third, 5))).toBe(true)
})

test('what waited in a database that was restored is not said never to have left; what came later is', async () => {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const directory = await scratchDirectory()
  const backedUp = await write(await spoolOn(database, directory), 1)
  // After this copy was made it left, and was delivered.
  await database.commit(() => noteRestore(database, { restoredAt: at + 1, madeAt: at }))
  const restored = await spoolOn(database, directory)
  expect(await neverLeft(restored, backedUp)).toBe(false)
  expect(await neverLeft(restored, await write(restored, 2))).toBe(true)
  const again = await spoolOn(database, directory)
  expect(await neverLeft(again, await write(again, 3))).toBe(true)
})
