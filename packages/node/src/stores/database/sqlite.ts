/**
 * SQLite itself: Node's own module where it is stable (Node 24 and later), else `@photostructure/sqlite`, which has the
 * same interface and the same engine. Only what is used here is described, so that both are held to it.
 */
import { createRequire } from 'node:module'

export type SqlValue = null | number | bigint | string | Uint8Array

export interface SqliteStatement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

interface BackupSteps {
  /** Pages copied in one step, on a thread of the pool. */
  readonly rate: number
  /** Between two steps. What it throws ends the backup. */
  readonly progress: (pages: { totalPages: number; remainingPages: number }) => void
}

interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options: { timeout: number; enableForeignKeyConstraints: boolean; readOnly?: boolean },
  ) => SqliteDatabase
  /** @param source one that `DatabaseSync` has made; the two modules call its type by different names. */
  readonly backup: (source: never, path: string, steps: BackupSteps) => Promise<number>
}

const nodeMajor = Number(process.versions.node.split('.')[0])

/** What a thread of its own calls `require` with. */
export function sqliteModule(): string {
  return nodeMajor >= 24 ? 'node:sqlite' : createRequire(import.meta.url).resolve('@photostructure/sqlite')
}

async function load(): Promise<SqliteModule> {
  const builtIn = nodeMajor >= 24 ? process.getBuiltinModule('node:sqlite') : undefined
  return builtIn === undefined ? import('@photostructure/sqlite') : (builtIn as SqliteModule)
}

const sqlite = await load()

export function openSqlite(path: string, options: { busyTimeoutMs: number }): SqliteDatabase {
  return new sqlite.DatabaseSync(path, { timeout: options.busyTimeoutMs, enableForeignKeyConstraints: true })
}

const pagesAtOnce = 256

/**
 * Copies a database as it is now, whoever writes it meanwhile, into the empty file `to`. Steps of a MiB on a thread of
 * the pool: nobody waits for them. `onShare` hears how much is done, from 0 to 1; what it throws ends the copying.
 */
export async function copySqlite(from: string, to: string, onShare: (share: number) => void): Promise<void> {
  const options = { timeout: 5000, enableForeignKeyConstraints: false, readOnly: true }
  const source = new sqlite.DatabaseSync(from, options)
  try {
    // The copying would begin again with each commit of others, but for this transaction, which sees none of them.
    source.exec('BEGIN')
    source.exec('SELECT count(*) FROM sqlite_schema')
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) =>
      onShare(1 - remainingPages / Math.max(1, totalPages))
    await sqlite.backup(source as never, to, { rate: pagesAtOnce, progress })
    source.exec('COMMIT')
  } finally {
    source.close()
  }
}

/** What `all` of `@photostructure/sqlite` throws has SQLite's words, and no code. */
const codesByWords: ReadonlyMap<string, number> = new Map([
  ['disk I/O error', 10],
  ['database disk image is malformed', 11],
  ['database or disk is full', 13],
  ['file is not a database', 26],
])

/** The result code (https://sqlite.org/rescode.html) without its extension, or undefined. */
export function sqliteResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  return 'code' in error && error.code === 'ERR_SQLITE_ERROR' ? codesByWords.get(error.message) : undefined
}
