import { expect, test } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { moveIncoming } from './index.ts'

test('files of a home that was moved are where they are now; those outside of it, or beside it, stay', async () => {
  const database = openDatabase(':memory:')
  const paths = ['/old/home/incoming/bob/song', '/old/home2/x', '/mnt/old/home/y', '/old/home']
  await database.commit(() => {
    for (const [number, path] of paths.entries()) {
      database.run(
        `INSERT INTO arrived_files (id, sender, origin, path, size_bytes, file, placed, at, day)
           VALUES (?, 'S', 'O', ?, 1, '', 1, 0, 0)`,
        `${number}`,
        path,
      )
    }
    moveIncoming(database, '/old/home', '/new')
  })
  const moved = database.all<{ path: string }>('SELECT path FROM arrived_files ORDER BY id').map(({ path }) => path)
  expect(moved).toEqual(['/new/incoming/bob/song', ...paths.slice(1)])
  database.close()
})
