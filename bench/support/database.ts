/** What a database holds. */
import './sql.ts'

const { openDatabase } = await import('../../packages/node/src/stores/database/database.ts')

/** Bytes of the pages that hold something. */
export function databaseBytes(path: string): number {
  const database = openDatabase(path)
  const pragma = (name: string) =>
    Number(Object.values(database.get<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0])
  const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  database.close()
  return bytes
}
