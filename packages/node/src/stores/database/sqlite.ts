/**
 * SQLite itself: Node's own module where it is stable (Node 24 and later), else `@photostructure/sqlite`, which has the
 * same interface and the same engine. Only what is used here is described, so that both are held to it.
 */
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

interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options: { timeout: number; enableForeignKeyConstraints: boolean },
  ) => SqliteDatabase
}

async function load(): Promise<SqliteModule> {
  const major = Number(process.versions.node.split('.')[0])
  const builtIn = major >= 24 ? process.getBuiltinModule('node:sqlite') : undefined
  return builtIn === undefined ? import('@photostructure/sqlite') : (builtIn as SqliteModule)
}

const sqlite = await load()

export function openSqlite(path: string, options: { busyTimeoutMs: number }): SqliteDatabase {
  return new sqlite.DatabaseSync(path, { timeout: options.busyTimeoutMs, enableForeignKeyConstraints: true })
}

/** The result code (https://sqlite.org/rescode.html) without its extension, or undefined. */
export function sqliteResultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined
}
