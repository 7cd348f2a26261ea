import { sep } from 'node:path'
import type { Database } from '../database/database.ts'

const places = [
  ['arrived_files', 'path'],
  ['file_chunks', 'folder'],
  ['chunked_files', 'root'],
] as const

/** Inside a commit: the folders that files came into lie in `to` now, not in `from`. Both are absolute. */
export function moveIncoming(database: Database, from: string, to: string): void {
  const inside = `${from}${sep}`
  for (const [table, column] of places) {
    const sql = `UPDATE ${table} SET ${column} = ?3 || substr(${column}, length(?1) + 1)
      WHERE substr(${column}, 1, length(?2)) = ?2`
    database.run(sql, from, inside, to)
  }
}
