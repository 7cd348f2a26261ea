import type { RandomSource } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import { checkLabel, isWorthNoting } from './app-passwords.ts'
import { directoryLimits } from './limits.ts'
import type { ApiToken, ApiTokens } from './web-callers.ts'
import { hashOfSecret, newSecret } from './web-secrets.ts'

interface TokenRow extends Omit<ApiToken, 'admin'> {
  readonly admin: number
}

const select = 'SELECT id, user, label, admin, made_at AS madeAt, used_at AS usedAt FROM api_tokens'
const tokenOf = ({ admin, ...row }: TokenRow): ApiToken => ({ ...row, admin: admin === 1 })

export function sqlApiTokens(database: Database, random: RandomSource): ApiTokens {
  const all = (user: string) => database.all<TokenRow>(`${select} WHERE user = ? ORDER BY label`, user)
  return {
    async add({ user, label, admin }, at) {
      checkLabel(label)
      const { id, secret, hash } = newSecret('token', random)
      return database.commit(() => {
        if (database.get('SELECT 1 FROM users WHERE name = ?', user) === undefined) return 'unknown-user'
        const known = all(user)
        if (known.some(token => token.label === label)) return 'taken'
        if (known.length >= directoryLimits.apiTokensMax) return 'too-many'
        const sql = 'INSERT INTO api_tokens (hash, id, user, label, admin, made_at) VALUES (?, ?, ?, ?, ?, ?)'
        database.run(sql, hash, id, user, label, admin ? 1 : 0, at)
        return { id, secret }
      })
    },

    async find(secret) {
      const hash = hashOfSecret('token', secret)
      const row = hash && database.get<TokenRow>(`${select} WHERE hash = ?`, hash)
      return row && tokenOf(row)
    },

    async used(id, at) {
      const known = database.get<{ last: number | null }>('SELECT used_at AS last FROM api_tokens WHERE id = ?', id)
      if (known === undefined || !isWorthNoting(known.last, at)) return
      await database.commit(() => database.run('UPDATE api_tokens SET used_at = ? WHERE id = ?', at, id))
    },

    list: async user => all(user).map(tokenOf),
    remove: (user, id) =>
      database.commit(() => database.run('DELETE FROM api_tokens WHERE user = ? AND id = ?', user, id) > 0),
  }
}
