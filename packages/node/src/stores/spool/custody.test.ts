import { randomBytes } from 'node:crypto'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { expect, test } from 'vitest'
import { silentLog as log } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openSpool } from './open-spool.ts'

test('a count of bytes in custody that a damaged disk made too high keeps nobody busy for ever', async () => {
  const database = openDatabase(':memory:')
  const spool = await openSpool({ database, directory: await scratchDirectory(), suite, random: randomBytes, log })
  database.run(`UPDATE spool_counts SET size_bytes = 1000000 WHERE room = 'custody'`)
  expect(await spool.custody.limitBodies(10)).toBe(0)
  database.close()
})
