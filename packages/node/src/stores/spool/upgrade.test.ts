/** A spool from before relays: its rows come through the rebuilt tables. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pureSuite } from '@posthorn/nncp/pure'
import { expect, test } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { migrations } from '../database/migrations.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { bytesOf, node, read } from './contract.ts'
import { openSpool } from './open-spool.ts'

test('what waits, lies on media or was set aside before relays were known is there after them', async () => {
  const directory = await scratchDirectory()
  const path = join(directory, 'posthorn.db')
  const old = openDatabase(path, { migrations: migrations.slice(0, 2) })
  const [letter, kept] = ['A'.repeat(52), `B${'A'.repeat(51)}`] as const
  const there = node(2)
  const envelope = '{"returnPath":"a@b","recipients":["c@d"]}'
  await old.commit(() => {
    old.run('UPDATE calendar SET day = 400')
    for (const id of [letter, kept]) old.run('INSERT INTO bodies VALUES (?, 100, ?)', id, bytesOf(1, 100))
    old.run(`INSERT INTO outbox VALUES (7, ?1, ?2, ?2, 96, 'letter', 'm@x', NULL, 100, 5, ?3)`, letter, there, envelope)
    old.run('INSERT INTO outbox_copies VALUES (?, ?, 6)', letter, 'stick')
    old.run(`INSERT INTO seen VALUES (?, ?, 'taken', 5, 0)`, kept, there)
    old.run(
      `INSERT INTO quarantine (name, reason, source, size_bytes, at, body) VALUES (?1, 'x', 'y', 100, 5, ?1)`,
      kept,
    )
  })
  old.close()
  const database = openDatabase(path)
  const parts = { database, suite: pureSuite, random: randomBytes, log: silentLog }
  const spool = await openSpool({ ...parts, directory: join(directory, 'spool') })
  const [packet] = await spool.outbox.page(there, { after: null, limit: 10 })
  expect(packet).toMatchObject({ id: letter, kind: 'letter', messageId: 'm@x', cursor: '96.7' })
  expect(await spool.outbox.summary()).toEqual([{ nextHop: there, packets: 1, bytes: 100 }])
  expect(database.all('SELECT medium FROM outbox_copies')).toEqual([{ medium: 'stick' }])
  // What waited before days were counted begins to count now.
  expect(await spool.waiting.overdue({ warned: false, days: 1, after: 0, limit: 1 })).toEqual([])
  expect(await spool.waiting.overdue({ warned: false, days: 0, after: 0, limit: 1 })).toMatchObject([{ id: letter }])
  await spool.outbox.acknowledge(packet?.id ?? expect.unreachable(), there, 9)
  expect(await spool.outbox.summary()).toEqual([])
  expect(database.all('SELECT medium FROM outbox_copies')).toEqual([])
  const [entry] = await spool.quarantine.list(1)
  expect(await spool.quarantine.retry(entry?.number ?? 0, 8)).toEqual({ id: kept, room: 'inbox' })
  const [due] = await spool.inbox.due(9, 1)
  expect(due).toMatchObject({ id: kept, sender: there, handedBy: there })
  expect((await read(await spool.inbox.open(due?.id ?? expect.unreachable())))?.length).toBe(100)
  database.close()
})
