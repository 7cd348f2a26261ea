/** The twin in memory. */
import type { WebAccounts } from './web-accounts.ts'

export interface MemoryWebAccounts extends WebAccounts {
  /** A person is removed. */
  removed(user: string): void
}

/** @param lives whether there is such a user. */
export function memoryWebAccounts(lives: (user: string) => boolean = () => true): MemoryWebAccounts {
  const rows = new Map<number, { user: string | null; proof: string }>()
  const leave = (user: string) => {
    for (const row of rows.values()) if (row.user === user) row.user = null
  }
  const all = () => [...rows].map(([account, row]) => ({ account, ...row })).sort((a, b) => a.account - b.account)
  return {
    removed: leave,
    async get(user) {
      const row = all().find(other => other.user === user)
      return row && { account: row.account, proof: row.proof }
    },
    async list() {
      const own = all().flatMap(({ user, ...row }) => (user === null ? [] : [{ user, ...row }]))
      return own.sort((a, b) => (a.user < b.user ? -1 : 1))
    },
    async put(user, { account, proof }) {
      if (!lives(user)) return false
      leave(user)
      rows.set(account, { user, proof })
      return true
    },
    left: async () => all().flatMap(({ user, ...row }) => (user === null ? [row] : [])),
    async forget(account) {
      rows.delete(account)
    },
  }
}
