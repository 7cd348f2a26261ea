/** A new database out of what can be read of a damaged one and, where that has holes, of the last good copy. */
import { OperatingError } from '../../base/errors.ts'
import { openDatabase } from '../database/database.ts'
import { databaseError } from '../database/failure.ts'
import { openSqlite, type SqliteDatabase, type SqlValue } from '../database/sqlite.ts'
import { closeQuietly, problemsOf } from './examine.ts'
import type { TableRepair } from './report.ts'
import { type Row, salvage, shapesOf, type TableShape } from './salvage.ts'
import { derivedTables, mending, missingBodies, neverFromSnapshot, settledSince, sums } from './tables.ts'

interface Sources {
  /** Working copies: both may be written to. */
  readonly damaged: string | null
  readonly snapshot: string | null
}

export interface Rebuilt {
  /** Those that were not whole. */
  readonly tables: readonly TableRepair[]
  readonly bodiesMissing: number
  readonly usedSnapshot: boolean
}

/**
 * Fills the new file `path`; `strays` adds what is known from elsewhere, given the tables that
 * have holes, before it is looked at what is missing. Its
 * indexes, sums and constraints are right when it resolves.
 */
export async function rebuild(
  path: string,
  { damaged, snapshot }: Sources,
  strays: (sqlite: SqliteDatabase, holes: ReadonlySet<string>) => Promise<void>,
): Promise<Rebuilt> {
  openDatabase(path).close()
  // A snapshot of an older version gets the shape of this one.
  if (snapshot !== null) openDatabase(snapshot).close()
  const fresh = openSqlite(path, { busyTimeoutMs: 5000 })
  const [old, good] = [openOrNot(damaged), openOrNot(snapshot)]
  try {
    fresh.exec('PRAGMA journal_mode = WAL')
    fresh.exec('PRAGMA foreign_keys = OFF')
    fresh.exec('BEGIN IMMEDIATE')
    const triggers = takeTriggers(fresh)
    const tables = copyTables(fresh, old, good)
    for (const sql of mending) fresh.exec(sql)
    keepFlags(fresh, old ?? good)
    await strays(fresh, new Set(tables.map(({ table }) => table)))
    dropOrphans(fresh)
    const bodiesMissing = Number(fresh.prepare(missingBodies).run().changes)
    for (const sql of sums) fresh.exec(sql)
    for (const sql of triggers) fresh.exec(sql)
    fresh.exec('COMMIT')
    fresh.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return { tables, bodiesMissing, usedSnapshot: tables.some(table => table.fromSnapshot > 0) }
  } finally {
    for (const sqlite of [old, good, fresh]) closeQuietly(sqlite)
  }
}

/** A file that cannot even be opened holds nothing that could be read. */
function openOrNot(path: string | null): SqliteDatabase | undefined {
  if (path === null) return undefined
  let sqlite: SqliteDatabase | undefined
  try {
    sqlite = openSqlite(path, { busyTimeoutMs: 5000 })
    sqlite.exec('PRAGMA cell_size_check = ON')
    sqlite.prepare('SELECT count(*) FROM sqlite_schema').get()
    return sqlite
  } catch {
    closeQuietly(sqlite)
    return undefined
  }
}

function takeTriggers(sqlite: SqliteDatabase): readonly string[] {
  const found = sqlite.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all()
  const triggers = found as { name: string; sql: string }[]
  for (const { name } of triggers) sqlite.exec(`DROP TRIGGER ${name}`)
  return triggers.map(({ sql }) => sql)
}

function copyTables(
  fresh: SqliteDatabase,
  old: SqliteDatabase | undefined,
  good: SqliteDatabase | undefined,
): readonly TableRepair[] {
  const repaired: TableRepair[] = []
  const virtual = new Set(
    (fresh.prepare('PRAGMA main.table_list').all() as { name: string; type: string }[])
      .filter(({ type }) => type !== 'table')
      .map(({ name }) => name),
  )
  for (const shape of shapesOf(fresh)) {
    if (derivedTables.has(shape.name) || virtual.has(shape.name)) continue
    const count = () => Number((fresh.prepare(`SELECT count(*) AS n FROM ${shape.name}`).get() as { n: number }).n)
    const filled = count()
    // The rows that migrations put there are older than all others.
    const isWhole = copyTable(fresh, old, { shape, over: filled > 0, unless: '0' })
    const rows = count()
    if (isWhole) continue
    if (good !== undefined && !neverFromSnapshot.has(shape.name)) {
      copyTable(fresh, good, { shape, over: false, unless: settledSince[shape.name] ?? '0' })
    }
    const fromSnapshot = count() - rows
    const state = rows > 0 || fromSnapshot > 0 ? 'part' : 'lost'
    repaired.push({ table: shape.name, rows: rows + fromSnapshot, fromSnapshot, state })
  }
  keepSequences(fresh, [old, good])
  return repaired
}

/** Answers whether all rows were there and were taken. */
function copyTable(
  fresh: SqliteDatabase,
  from: SqliteDatabase | undefined,
  { shape, over, unless }: { shape: TableShape; over: boolean; unless: string },
): boolean {
  if (from === undefined) return false
  const known = shapeIn(from, shape.name)
  if (known === undefined) return false
  const columns = shape.columns.filter(column => known.columns.includes(column))
  const places = columns.map(() => '?').join(', ')
  const insert = fresh.prepare(
    `INSERT OR ${over ? 'REPLACE' : 'IGNORE'} INTO ${shape.name} (${columns.join(', ')}) SELECT ${places}`,
  )
  const settled = unless === '0' ? undefined : fresh.prepare(`SELECT 1 WHERE ? ${unless.replace(/^id /, '')}`)
  let isWhole = isSound(from, shape.name)
  const take = (row: Row) => {
    const values = columns.map((column): SqlValue => row[column] ?? null)
    if (settled?.get(row['id'] ?? null) !== undefined) return
    try {
      insert.run(...values)
    } catch (error) {
      if (isOfMachine(error)) throw error
      // It breaks what every row of this table keeps to: the disk has changed it.
      isWhole = false
    }
  }
  return salvage(from, known, take) && isWhole
}

/** A disk that is full or fails now says nothing of the row: were it passed over, it would be lost. */
function isOfMachine(error: unknown): boolean {
  return databaseError(error) instanceof OperatingError
}

function shapeIn(sqlite: SqliteDatabase, name: string): TableShape | undefined {
  try {
    return shapesOf(sqlite).find(shape => shape.name === name)
  } catch {
    return undefined
  }
}

function isSound(sqlite: SqliteDatabase, table: string): boolean {
  try {
    return problemsOf(sqlite, table).length === 0
  } catch {
    return false
  }
}

/** Numbers of rows that are gone are not given out again. */
function keepSequences(fresh: SqliteDatabase, sources: readonly (SqliteDatabase | undefined)[]): void {
  const raise = fresh.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1')
  for (const source of sources) {
    try {
      const rows = source?.prepare('SELECT name, seq FROM sqlite_sequence').all() ?? []
      for (const { name, seq } of rows as { name: string; seq: number }[]) {
        const missing = fresh.prepare('SELECT 1 FROM sqlite_sequence WHERE name = ?').get(name) === undefined
        if (missing) fresh.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, 0)
        raise.run(name, seq)
      }
    } catch {
      // The rows that are there have raised them already.
    }
  }
}

/** Keywords of letters, which no file name has. */
function keepFlags(fresh: SqliteDatabase, from: SqliteDatabase | undefined): void {
  const shape = from === undefined ? undefined : shapeIn(from, 'mail_messages')
  if (from === undefined || shape === undefined) return
  const sql = `INSERT OR IGNORE INTO mail_kept_flags (folder, uid, flags)
    SELECT id, ?2, ?3 FROM mail_folders WHERE id = ?1`
  const keep = fresh.prepare(sql)
  salvage(from, shape, row => {
    const { folder = null, uid = null, flags } = row
    if (typeof flags === 'string' && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(flags)) keep.run(folder, uid, flags)
  })
}

/** Rows whose owners are gone. */
function dropOrphans(fresh: SqliteDatabase): void {
  for (let round = 0; round < 10; round += 1) {
    const found = fresh.prepare('PRAGMA foreign_key_check').all() as { table: string; rowid: number | null }[]
    if (found.length === 0) return
    for (const { table, rowid } of found) {
      if (rowid !== null) fresh.prepare(`DELETE FROM ${table} WHERE rowid = ?`).run(rowid)
      else dropKeyless(fresh, table)
    }
  }
}

/** A table without rowids tells no rows: those whose owners are not there. */
function dropKeyless(fresh: SqliteDatabase, table: string): void {
  const links = fresh.prepare(`PRAGMA foreign_key_list(${table})`).all() as {
    table: string
    from: string
    to: string | null
  }[]
  for (const { table: owner, from, to } of links) {
    const key = to ?? (shapesOf(fresh).find(({ name }) => name === owner)?.key[0] as string)
    fresh.exec(`DELETE FROM ${table} WHERE ${from} IS NOT NULL AND ${from} NOT IN (SELECT ${key} FROM ${owner})`)
  }
}
