/**
 * The one SQLite file of a node: spool, mailbox index and directory.
 *
 * It promises: what a `commit` resolved for survives a power cut (WAL, synchronous=FULL); a work that throws leaves
 * nothing behind; a file of a newer version is refused, not damaged. It fails with OperatingErrors: `disk-full`,
 * `disk-failed`, `database-busy`, `database-damaged` (retry `later`), `database-newer`, `database-foreign` (`never`).
 * SQL is written in `stores/` only, and all of it runs on this one connection.
 */
import { chmodSync, closeSync, openSync } from 'node:fs'
import { AssertionError } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { diskError } from '../files/disk-error.ts'
import { copyDatabase, type SnapshotOptions } from './copy.ts'
import { databaseError } from './failure.ts'
import { GroupCommit } from './group-commit.ts'
import { type Migration, migrate, migrations, refuseForeign } from './migrations.ts'
import { openSqlite, type SqliteDatabase, type SqliteStatement, type SqlValue } from './sqlite.ts'

export type { SnapshotOptions } from './copy.ts'
export type { SqlValue } from './sqlite.ts'

export interface Database {
  /** The first row, or undefined. Tables are STRICT: the row type is the caller's promise about its own SQL. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row>(sql: string, ...values: SqlValue[]): Row[]
  /** A statement that writes: only inside `commit` or `transaction`. Answers how many rows it changed. */
  run(sql: string, ...values: SqlValue[]): number
  /**
   * Runs `work` in a transaction shared with all others asked for at the same time, undone alone when it throws.
   * Resolves with its answer after the COMMIT. `work` is synchronous and touches nothing but the database.
   */
  commit<T>(work: () => T): Promise<T>
  /** Runs `work` in a transaction of its own, at once. For opening and for tests; everything else uses `commit`. */
  transaction<T>(work: () => T): T
  /**
   * Writes all that is committed by now into a new private file, durable when it resolves (its name when its folder was
   * synced). Others go on reading and committing meanwhile. Nothing of the file stays when it rejects.
   */
  snapshot(path: string, options: SnapshotOptions): Promise<void>
  /** What SQLite finds wrong in the file, some of it; none when it is sound. Reads all of it, and everybody waits. */
  faults(): readonly string[]
  /** Commits what is queued and closes the file. Nothing may be asked of it afterwards. */
  close(): void
}

export interface DatabaseOptions {
  /** Other steps than the built-in ones, for tests. */
  readonly migrations?: readonly Migration[]
  /** The file is damaged. Told once; from then on everything fails with `database-damaged`. */
  readonly onDamaged?: (error: OperatingError) => void
  /** It is about to be closed, and all that was committed is in the file: its log is empty. */
  readonly onSettled?: () => void
}

/** Another process (a backup, a person with `sqlite3`) may hold the file this long. */
const busyTimeoutMs = 5000
/** A write-ahead log that grew beyond this is cut after its content has moved into the file. */
const logBytesMax = 64 * 1024 * 1024
/** Statements kept compiled. There are fewer in the code; a growing number means SQL put together from values. */
const statementCountMax = 500

/** @param path of the file, made (0600) when it is not there; `:memory:` for tests. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  let sqlite: SqliteDatabase | undefined
  try {
    if (path !== ':memory:') makePrivateFile(path)
    sqlite = openSqlite(path, { busyTimeoutMs })
    refuseForeign(sqlite)
    sqlite.exec('PRAGMA journal_mode = WAL')
    sqlite.exec('PRAGMA synchronous = FULL')
    sqlite.exec('PRAGMA foreign_keys = ON')
    sqlite.exec(`PRAGMA journal_size_limit = ${logBytesMax}`)
    migrate(sqlite, options.migrations ?? migrations)
    return new SqlDatabase(sqlite, path, options)
  } catch (error) {
    sqlite?.close()
    throw databaseError(diskError(error, 'opening the database', path))
  }
}

/** SQLite gives its log files the mode of the database file. */
function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

class SqlDatabase implements Database {
  readonly #sqlite: SqliteDatabase
  readonly #path: string
  readonly #commits: GroupCommit
  readonly #statements = new Map<string, SqliteStatement>()

  readonly #options: DatabaseOptions
  #damage: OperatingError | undefined

  constructor(sqlite: SqliteDatabase, path: string, options: DatabaseOptions) {
    this.#sqlite = sqlite
    this.#path = path
    this.#options = options
    this.#commits = new GroupCommit(sqlite)
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#attempt(() => this.#prepared(sql).get(...values) as Row | undefined)
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#attempt(() => this.#prepared(sql).all(...values) as Row[])
  }

  run(sql: string, ...values: SqlValue[]): number {
    return this.#attempt(() => Number(this.#prepared(sql).run(...values).changes))
  }

  commit<T>(work: () => T): Promise<T> {
    if (this.#damage !== undefined) return Promise.reject(this.#damage)
    const committed = this.#commits.add(work)
    committed.catch((error: unknown) => this.#note(error))
    return committed
  }

  transaction<T>(work: () => T): T {
    return this.#attempt(() => {
      this.#sqlite.exec('BEGIN IMMEDIATE')
      try {
        const answer = work()
        this.#sqlite.exec('COMMIT')
        return answer
      } catch (error) {
        this.#sqlite.exec('ROLLBACK')
        throw error
      }
    })
  }

  async snapshot(path: string, options: SnapshotOptions): Promise<void> {
    // What was asked to be committed before belongs to it.
    this.#commits.flush()
    await copyDatabase(this.#path, path, options)
  }

  faults(): readonly string[] {
    const rows = this.all<{ quick_check: string }>('PRAGMA quick_check(10)')
    return rows.map(row => row.quick_check).filter(text => text !== 'ok')
  }

  close(): void {
    this.#commits.flush()
    this.#statements.clear()
    try {
      // Compiled statements may keep the file open until they are collected; its log need not wait for that.
      const { busy } = this.#sqlite.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
      if (busy === 0) this.#options.onSettled?.()
    } catch {
      // The log stays and is read at the next start.
    }
    this.#sqlite.close()
  }

  #prepared(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= statementCountMax) throw new AssertionError('too many different SQL statements')
      statement = this.#sqlite.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #attempt<T>(operation: () => T): T {
    if (this.#damage !== undefined) throw this.#damage
    try {
      return operation()
    } catch (error) {
      const failure = databaseError(error)
      this.#note(failure)
      throw failure
    }
  }

  /** What one part of a damaged file says is not believed, since another part contradicts it. */
  #note(error: unknown): void {
    if (this.#damage !== undefined || !(error instanceof OperatingError) || error.code !== 'database-damaged') return
    this.#damage = error
    this.#options.onDamaged?.(error)
  }
}
