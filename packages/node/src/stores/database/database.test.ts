import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { today, turnCalendar } from './calendar.ts'
import { type Database, openDatabase } from './database.ts'
import { databaseError } from './failure.ts'
import type { Migration } from './migrations.ts'

const first: Migration = { number: 1, name: 'first', sql: 'CREATE TABLE notes (text TEXT NOT NULL UNIQUE) STRICT' }
const second: Migration = { number: 2, name: 'second', sql: `INSERT INTO notes VALUES ('from the second step')` }

function notes(database: Database): string[] {
  return database.all<{ text: string }>('SELECT text FROM notes ORDER BY rowid').map(row => row.text)
}

const insert = 'INSERT INTO notes VALUES (?)'

describe('opening', () => {
  test('a file is made for this user alone, durable by default, and opened again', async () => {
    const path = join(await scratchDirectory(), 'posthorn.db')
    const database = openDatabase(path)
    expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    expect(database.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(`${path}-wal`)).mode & 0o777).toBe(0o600)
    database.close()
    openDatabase(path).close()
  })

  test('every table is STRICT', () => {
    const database = openDatabase(':memory:')
    const sql = `SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'`
    expect(database.all(sql)).toEqual([])
    database.close()
  })

  test('migrations run once, in order, and a later one is added', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    openDatabase(path, { migrations: [first] }).close()
    openDatabase(path, { migrations: [first, second] }).close()
    const database = openDatabase(path, { migrations: [first, second] })
    expect(notes(database)).toEqual(['from the second step'])
    database.close()
  })

  test('a migration that fails leaves nothing behind', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    const broken = {
      number: 2,
      name: 'second',
      sql: `INSERT INTO notes VALUES ('half'); INSERT INTO nowhere VALUES (1)`,
    }
    expect(() => openDatabase(path, { migrations: [first, broken] })).toThrow('nowhere')
    const database = openDatabase(path, { migrations: [first, second] })
    expect(notes(database)).toEqual(['from the second step'])
    database.close()
  })

  test('a database of a newer version, or of another build, is refused and not touched', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    openDatabase(path, { migrations: [first, second] }).close()
    expect((await stat(`${path}-wal`).catch(() => ({ size: 0 }))).size).toBe(0)
    const before = await readFile(path)
    const refusal = (code: string) => expect.objectContaining({ code, retry: 'never' })
    expect(() => openDatabase(path, { migrations: [first] })).toThrow(refusal('database-newer'))
    const other = { ...second, sql: '-- something else' }
    expect(() => openDatabase(path, { migrations: [first, other] })).toThrow(refusal('database-foreign'))
    expect(await readFile(path)).toEqual(before)
    const windows = { ...first, sql: first.sql.replaceAll('\n', '\r\n') }
    openDatabase(path, { migrations: [windows, second] }).close()
  })

  test('what is no database, or no file, is said so', async () => {
    const directory = await scratchDirectory()
    await writeFile(join(directory, 'text.db'), 'this is not a database, but it is long enough to be read'.repeat(20))
    const damaged = expect.objectContaining({ code: 'database-damaged', retry: 'later' })
    expect(() => openDatabase(join(directory, 'text.db'))).toThrow(damaged)
    const failed = expect.objectContaining({ code: 'disk-failed', retry: 'later' })
    expect(() => openDatabase(join(directory, 'missing', 'x.db'))).toThrow(failed)
  })
})

describe('commits', () => {
  async function open(): Promise<Database> {
    return openDatabase(join(await scratchDirectory(), 'test.db'), { migrations: [first] })
  }

  test('works of the same moment share one transaction; one that throws is undone alone', async () => {
    const database = await open()
    const outcomes = await Promise.allSettled([
      database.commit(() => database.run(insert, 'one')),
      database.commit(() => {
        database.run(insert, 'undone')
        throw new Error('no')
      }),
      database.commit(() => database.run(insert, 'one')),
      database.commit(() => {
        database.run(insert, 'two')
        return database.get<{ count: number }>('SELECT count(*) AS count FROM notes')?.count
      }),
    ])
    expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(outcomes[3]).toEqual({ status: 'fulfilled', value: 2 })
    expect(notes(database)).toEqual(['one', 'two'])
    database.close()
  })

  test('twenty commits at once are one transaction in the log', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    const database = openDatabase(path, { migrations: [first] })
    const logBytes = async () => (await stat(`${path}-wal`)).size
    const measure = async (works: number, name: string) => {
      const before = await logBytes()
      await Promise.all(Array.from({ length: works }, (_, n) => database.commit(() => database.run(insert, name + n))))
      return (await logBytes()) - before
    }
    const one = await measure(1, 'alone ')
    // Twenty transactions would write the pages that changed twenty times.
    expect(await measure(20, 'together ')).toBeLessThanOrEqual(one * 2)
    expect(notes(database).length).toBe(21)
    database.close()
  })

  test('a resolved commit is seen by whoever opens the file', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    const database = openDatabase(path, { migrations: [first] })
    await database.commit(() => database.run(insert, 'kept'))
    const other = openDatabase(path, { migrations: [first] })
    expect(notes(other)).toEqual(['kept'])
    other.close()
    database.close()
  })

  test('closing commits what is queued', async () => {
    const path = join(await scratchDirectory(), 'test.db')
    const database = openDatabase(path, { migrations: [first] })
    const queued = database.commit(() => database.run(insert, 'last words'))
    database.close()
    await queued
    const again = openDatabase(path, { migrations: [first] })
    expect(notes(again)).toEqual(['last words'])
    again.close()
  })

  test('a full disk rejects the commit, keeps nothing of it, and passes when there is room again', async () => {
    const database = await open()
    const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    database.all(`PRAGMA max_page_count = ${pages}`)
    const full = { code: 'disk-full', retry: 'later' }
    const large = database.commit(() => database.run(insert, 'x'.repeat(100_000)))
    const small = database.commit(() => database.run(insert, 'small')).catch((error: unknown) => error)
    await expect(large).rejects.toMatchObject(full)
    // SQLite may undo one work or all of them; what it undid was told so.
    const outcome = await small
    expect(notes(database)).toEqual(outcome === 1 ? ['small'] : [])
    if (outcome !== 1) expect(outcome).toMatchObject(full)
    database.transaction(() => database.run('DELETE FROM notes'))
    database.all('PRAGMA max_page_count = 1000000')
    await database.commit(() => database.run(insert, 'room'))
    expect(notes(database)).toEqual(['room'])
    database.close()
  })

  test('a transaction that throws leaves nothing', async () => {
    const database = await open()
    const failing = () =>
      database.transaction(() => {
        database.run(insert, 'half')
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    expect(database.transaction(() => database.run(insert, 'whole'))).toBe(1)
    expect(notes(database)).toEqual(['whole'])
    database.close()
  })
})

test.each([
  [13, 'disk-full'],
  [10 | (3 << 8), 'disk-failed'],
  [8, 'disk-failed'],
  [11, 'database-damaged'],
  [5, 'database-busy'],
])('result code %i of SQLite is %s, to be tried later', (errcode, code) => {
  const error = databaseError(Object.assign(new Error('from SQLite'), { errcode }))
  expect(error).toBeInstanceOf(OperatingError)
  expect(error).toMatchObject({ code, retry: 'later' })
})

test('the calendar goes on by a day for each new date it is told, however far', async () => {
  const database = openDatabase(':memory:')
  const dayMs = 24 * 60 * 60 * 1000
  const start = await turnCalendar(database, 20_000 * dayMs)
  expect(await turnCalendar(database, 20_000 * dayMs + 1000)).toBe(start)
  expect(await turnCalendar(database, 20_001 * dayMs)).toBe(start + 1)
  expect(await turnCalendar(database, 30_000 * dayMs)).toBe(start + 2)
  expect(await turnCalendar(database, 0)).toBe(start + 3)
  expect(today(database)).toBe(start + 3)
  database.close()
})
