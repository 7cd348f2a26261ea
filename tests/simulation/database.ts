/** Databases in memory that begin as copies of another: of a new one, which saves its steps, or of an older state. */
import { type Database, openDatabase } from '../../packages/node/src/stores/database/database.ts'

/** All that is in it, as SQL. What is looked up by words is not: nobody searches here. */
export function dumpOf(database: Database): string {
  const all = database.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
       AND name <> 'schema_migrations' AND name NOT GLOB '*_trigrams_*'`,
  )
  const tables = all.filter(({ type }) => type === 'table')
  const lines = ['PRAGMA defer_foreign_keys = ON', ...tables.map(({ sql }) => sql)]
  for (const { name, sql } of tables) if (!sql.startsWith('CREATE VIRTUAL')) lines.push(...rowsOf(database, name))
  lines.push('DELETE FROM sqlite_sequence', ...rowsOf(database, 'sqlite_sequence'))
  // Triggers last: they would count again what is counted already.
  for (const type of ['index', 'view', 'trigger']) {
    lines.push(...all.filter(one => one.type === type).map(({ sql }) => sql))
  }
  return lines.map(line => `${line};\n`).join('')
}

function rowsOf(database: Database, table: string): string[] {
  const columns = database.all<{ name: string }>(`PRAGMA table_info(${table})`).map(({ name }) => name)
  const values = columns.map(name => `quote(${name})`).join(" || ', ' || ")
  const rows = database.all<{ row: string }>(`SELECT ${values} AS row FROM ${table}`)
  return rows.map(({ row }) => `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${row})`)
}

export function databaseFrom(sql: string): Database {
  return openDatabase(':memory:', { migrations: [{ number: 1, name: 'copy', sql }] })
}

let fresh: string | undefined

/** As after all steps. */
export function newDatabase(): Database {
  if (fresh === undefined) {
    const model = openDatabase(':memory:')
    fresh = dumpOf(model)
    model.close()
  }
  return databaseFrom(fresh)
}
