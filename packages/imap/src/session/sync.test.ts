/** Three clients on one folder, two of which resynchronise. The same on Maildirs: tests/interop/imap-sync.test.ts. */
import { test } from 'vitest'
import { checkSync } from '../testing/clients.ts'
import { letter, testAccount } from '../testing/conversation.ts'

test('whatever three clients do, each numbers the messages as it was told, and all end with the same', async () => {
  let count = 0
  const make = async () => {
    const account = testAccount()
    return {
      account,
      deliver: async () => {
        count += 1
        account.deliver(letter(`m${count}`))
      },
    }
  }
  await checkSync(make, { numRuns: 150, seed: 20 })
})
