/** Several mail programs on one mailbox on the disk: the same property as `packages/imap/src/session/sync.test.ts`. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkSync, type SyncBench } from '../../packages/imap/src/testing/clients.ts'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { openMailbox } from '../../packages/node/src/stores/mailbox/index.ts'

const left: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const clean of left) await clean()
})

async function onDisk(): Promise<SyncBench> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-sync-'))
  const database = openDatabase(':memory:')
  left.push(async () => {
    database.close()
    await rm(directory, { recursive: true, force: true })
  })
  const options = { database, directory, random: randomBytes, clock: systemClock, log: silentLog }
  const mailbox = await openMailbox(options)
  const account = mailbox.account('alice', 'alice@example')
  await account.releaseHeld()
  let count = 0
  const deliver = () => {
    count += 1
    const bytes = Buffer.from(`Message-ID: <${count}@example>\r\n\r\nHello\r\n`)
    const read = async function* () {
      yield bytes
    }
    const body = { sizeBytes: bytes.length, read }
    const id = { deliveryId: `${count}`, messageId: `${count}@example` }
    return mailbox.deliver({ user: 'alice', returnPath: null, body, at: systemClock.now(), ...id })
  }
  return { account, deliver }
}

describe('three clients on one Maildir', () => {
  it('number the messages as they were told, and end with the same', async () => {
    await expect(checkSync(onDisk, { numRuns: 40, seed: 21 })).resolves.toBeUndefined()
  })
})
