/** What every store of web accounts must do. Run by the real one and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import type { WebAccounts } from './web-accounts.ts'

export interface WebAccountsRig {
  /** Where alice and bob live. */
  readonly accounts: WebAccounts
  readonly removeUser: (user: string) => Promise<void>
  readonly addUser: (user: string) => Promise<void>
}

export function webAccountsContract(name: string, make: () => Promise<WebAccountsRig>): void {
  describe(`web accounts: ${name}`, () => {
    test('each person has one, by name', async () => {
      const { accounts } = await make()
      expect(await accounts.get('alice')).toBeUndefined()
      expect(await accounts.put('bob', { account: 2, proof: 'b' })).toBe(true)
      expect(await accounts.put('alice', { account: 3, proof: 'a' })).toBe(true)
      expect(await accounts.get('alice')).toEqual({ account: 3, proof: 'a' })
      const both = [
        { user: 'alice', account: 3, proof: 'a' },
        { user: 'bob', account: 2, proof: 'b' },
      ]
      expect(await accounts.list()).toEqual(both)
      expect(await accounts.left()).toEqual([])
    })

    test('who does not live here gets none', async () => {
      const { accounts } = await make()
      expect(await accounts.put('mallory', { account: 2, proof: 'm' })).toBe(false)
      expect(await accounts.list()).toEqual([])
    })

    test('another one leaves the first', async () => {
      const { accounts } = await make()
      await accounts.put('alice', { account: 2, proof: 'a' })
      await accounts.put('alice', { account: 3, proof: 'b' })
      expect(await accounts.get('alice')).toEqual({ account: 3, proof: 'b' })
      expect(await accounts.left()).toEqual([{ account: 2, proof: 'a' }])
      await accounts.forget(2)
      expect(await accounts.left()).toEqual([])
    })

    test('an account is one person’s: a number that the engine gives anew is nobody else’s any more', async () => {
      const { accounts } = await make()
      await accounts.put('alice', { account: 2, proof: 'a' })
      await accounts.put('bob', { account: 2, proof: 'b' })
      expect(await accounts.get('alice')).toBeUndefined()
      expect(await accounts.get('bob')).toEqual({ account: 2, proof: 'b' })
    })

    test('one of who was removed is left, and not that of who comes under the same name', async () => {
      const { accounts, removeUser, addUser } = await make()
      await accounts.put('alice', { account: 2, proof: 'a' })
      await removeUser('alice')
      expect(await accounts.get('alice')).toBeUndefined()
      await addUser('alice')
      expect(await accounts.get('alice')).toBeUndefined()
      expect(await accounts.list()).toEqual([])
      expect(await accounts.left()).toEqual([{ account: 2, proof: 'a' }])
    })
  })
}
