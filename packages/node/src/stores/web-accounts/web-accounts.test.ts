import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { openDirectory } from '../directory/index.ts'
import { webAccountsContract } from './contract.ts'
import { memoryWebAccounts } from './memory.ts'
import { openWebAccounts } from './open-web-accounts.ts'

webAccountsContract('SQLite', async () => {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const { users } = await openDirectory({ database, random: randomBytes, scryptLogCost: 1 })
  const addUser = async (name: string) => void (await users.add(name, 'password', 0))
  for (const name of ['alice', 'bob']) await addUser(name)
  const removeUser = async (name: string) => void (await users.remove(name))
  return { accounts: openWebAccounts({ database }), addUser, removeUser }
})

webAccountsContract('memory', async () => {
  const users = new Set(['alice', 'bob'])
  const accounts = memoryWebAccounts(user => users.has(user))
  return {
    accounts,
    addUser: async name => void users.add(name),
    removeUser: async name => {
      users.delete(name)
      accounts.removed(name)
    },
  }
})
