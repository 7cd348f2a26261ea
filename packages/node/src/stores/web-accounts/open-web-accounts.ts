import type { Database } from '../database/database.ts'
import type { WebAccount, WebAccounts } from './web-accounts.ts'

/** Web accounts in the database. */
export function openWebAccounts({ database }: { database: Database }): WebAccounts {
  return {
    get: async user => database.get<WebAccount>('SELECT account, proof FROM web_accounts WHERE user = ?', user),

    async list() {
      const sql = 'SELECT user, account, proof FROM web_accounts WHERE user IS NOT NULL ORDER BY user'
      return database.all<WebAccount & { user: string }>(sql)
    },

    put: (user, { account, proof }) =>
      database.commit(() => {
        if (database.get('SELECT 1 FROM users WHERE name = ?', user) === undefined) return false
        database.run('UPDATE web_accounts SET user = NULL WHERE user = ?', user)
        const sql = `INSERT INTO web_accounts (account, user, proof) VALUES (?1, ?2, ?3)
          ON CONFLICT (account) DO UPDATE SET user = ?2, proof = ?3`
        database.run(sql, account, user, proof)
        return true
      }),

    async left() {
      const sql = 'SELECT account, proof FROM web_accounts WHERE user IS NULL ORDER BY account'
      return database.all<WebAccount>(sql)
    },

    async forget(account) {
      await database.commit(() => database.run('DELETE FROM web_accounts WHERE account = ?', account))
    },
  }
}
