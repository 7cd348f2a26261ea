import { randomBytes } from 'node:crypto'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDirectory } from '../directory/index.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { type Database, openDatabase } from './database.ts'
import type { Migration } from './migrations.ts'
import { generation, lastRestore, noteRestore } from './restores.ts'

const migrations: readonly Migration[] = [
  { number: 1, name: 'first', sql: 'CREATE TABLE notes (number INTEGER, bytes BLOB, pair INTEGER) STRICT' },
]
const insert = 'INSERT INTO notes VALUES (?, zeroblob(3000), ?)'
const count = (database: Database) => database.get<{ count: number }>('SELECT count(*) AS count FROM notes')?.count

async function open(rows: number): Promise<{ folder: string; database: Database }> {
  const folder = await scratchDirectory()
  const database = openDatabase(join(folder, 'test.db'), { migrations })
  await database.commit(() => {
    for (let row = 0; row < rows; row += 1) database.run(insert, row, 0)
  })
  return { folder, database }
}

const signal = new AbortController().signal

describe('a snapshot', () => {
  test('is the database of one moment, while others commit on; private, and whole by itself', async () => {
    const { folder, database } = await open(3000)
    const path = join(folder, 'copy.db')
    const shares: number[] = []
    let [commits, copied] = [0, false]
    const before = database.commit(() => database.run(insert, -1, 0))
    const copying = database.snapshot(path, { signal, onShare: share => void shares.push(share) })
    void copying.finally(() => {
      copied = true
    })
    while (!copied) {
      // Two rows of one commit: a copy with one of them would be torn.
      await database.commit(() => database.run(insert, -2, 1) + database.run(insert, -2, 2))
      commits += 1
    }
    await Promise.all([before, copying])
    expect(shares).toEqual([...shares].sort((one, other) => one - other))
    expect(count(database)).toBe(3001 + 2 * commits)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const copy = openDatabase(path, { migrations })
    expect(count(copy)).toBe(3001)
    expect(copy.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
    copy.close()
    database.close()
  })

  test('that is given up, or has no room for its name, leaves nothing', async () => {
    const { folder, database } = await open(3000)
    const stop = new AbortController()
    const options = { signal: stop.signal, onShare: () => stop.abort() }
    await expect(database.snapshot(join(folder, 'copy.db'), options)).rejects.toMatchObject({ name: 'AbortError' })
    await writeFile(join(folder, 'taken.db'), 'mine')
    await expect(database.snapshot(join(folder, 'taken.db'), { signal })).rejects.toMatchObject({ code: 'disk-failed' })
    await expect(database.snapshot(join(folder, 'none', 'x.db'), { signal })).rejects.toMatchObject({ retry: 'later' })
    expect((await readdir(folder)).filter(name => !name.startsWith('test.db'))).toEqual(['taken.db'])
    expect((await stat(join(folder, 'taken.db'))).size).toBe(4)
    database.close()
  })
})

test('sessions, tokens of scripts and invites to live here end with a restore; app passwords do not', async () => {
  const database = openDatabase(':memory:')
  const directory = await openDirectory({ database, random: randomBytes, scryptLogCost: 2 })
  await directory.users.add('alice', 'secret', 1)
  const phone = await directory.appPasswords.add('alice', 'phone', 1)
  const script = await directory.apiTokens.add({ user: 'alice', label: 'script', admin: false }, 1)
  const passwordMark = (await directory.users.passwordMark('alice')) ?? ''
  const browser = await directory.webSessions.add({ user: 'alice', label: 'x', stays: true, passwordMark }, 1)
  const open = { userName: null, quotaBytes: null, usesMax: 1, days: 7, at: 1 }
  const invite = await directory.joinInvites.add(open)
  if ([phone, script, browser, invite].some(made => typeof made === 'string')) throw new Error('something was not made')
  await database.commit(() => noteRestore(database, { restoredAt: 2000, madeAt: 1000 }))
  expect(await directory.webSessions.list('alice')).toEqual([])
  expect(await directory.apiTokens.list('alice')).toEqual([])
  expect(await directory.joinInvites.list()).toEqual([])
  expect(await directory.appPasswords.list('alice')).toHaveLength(1)
  database.close()
})

test('a database remembers how often it was restored, and from when', async () => {
  const database = openDatabase(':memory:')
  expect([generation(database), lastRestore(database)]).toEqual([0, undefined])
  await database.commit(() => noteRestore(database, { restoredAt: 2000.5, madeAt: 1000 }))
  await database.commit(() => noteRestore(database, { restoredAt: 1500, madeAt: 1200 }))
  expect(generation(database)).toBe(2)
  await database.commit(() => database.run(`INSERT INTO repairs (at, day, report) VALUES (0, 0, '{}')`))
  expect(generation(database)).toBe(3)
  expect(lastRestore(database)).toEqual({ number: 2, restoredAt: 1500, madeAt: 1200 })
  database.close()
})
