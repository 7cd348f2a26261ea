import { OperatingError } from '../../base/errors.ts'
import type { Database } from '../database/database.ts'
import { directoryLimits } from './limits.ts'
import { isUserName } from './names.ts'
import type { Alias, Aliases } from './people.ts'

const domainName = /^[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/
const mailAddress = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/

/** @throws OperatingError `bad-alias`, retry `never`. */
export function checkAlias({ address, targets }: Alias): void {
  const at = address.indexOf('@')
  const name = at === -1 ? address : address.slice(0, at)
  const named = isUserName(name) || (name === '' && at !== -1)
  if (!named || (at !== -1 && !domainName.test(address.slice(at + 1)))) {
    throw badAlias('An alias is NAME, NAME@DOMAIN or @DOMAIN, in lower case; a name is 1 to 64 of a-z 0-9 . _ -.')
  }
  const { aliasTargetsMax } = directoryLimits
  if (targets.length === 0 || targets.length > aliasTargetsMax || new Set(targets).size < targets.length) {
    throw badAlias(`An alias leads to 1 to ${aliasTargetsMax} people, each once.`)
  }
  if (!targets.every(target => isUserName(target) || mailAddress.test(target))) {
    throw badAlias('An alias leads to names of people here, to other aliases, or to mail addresses.')
  }
}

function badAlias(message: string): OperatingError {
  return new OperatingError(message, { code: 'bad-alias', retry: 'never' })
}

export function sqlAliases(database: Database): Aliases {
  const targetsOf = (address: string) => {
    const sql = 'SELECT target FROM alias_targets WHERE alias = ? ORDER BY position'
    return database.all<{ target: string }>(sql, address).map(row => row.target)
  }
  const isKnown = (address: string) => database.get('SELECT 1 FROM aliases WHERE address = ?', address) !== undefined
  return {
    async put(alias) {
      checkAlias(alias)
      const { address, targets } = alias
      return database.commit(() => {
        const outcome = isKnown(address) ? 'replaced' : 'added'
        database.run('INSERT OR IGNORE INTO aliases (address) VALUES (?)', address)
        database.run('DELETE FROM alias_targets WHERE alias = ?', address)
        const sql = 'INSERT INTO alias_targets (alias, position, target) VALUES (?, ?, ?)'
        for (const [position, target] of targets.entries()) database.run(sql, address, position, target)
        return outcome
      })
    },

    async get(address) {
      return isKnown(address) ? { address, targets: targetsOf(address) } : undefined
    },

    async list() {
      const rows = database.all<{ address: string }>('SELECT address FROM aliases ORDER BY address')
      return rows.map(({ address }) => ({ address, targets: targetsOf(address) }))
    },

    async remove(address) {
      return (await database.commit(() => database.run('DELETE FROM aliases WHERE address = ?', address))) > 0
    },

    async dropTarget(target) {
      return database.commit(() => {
        const sql = 'SELECT DISTINCT alias FROM alias_targets WHERE target = ? ORDER BY alias'
        const changed = database.all<{ alias: string }>(sql, target).map(row => row.alias)
        database.run('DELETE FROM alias_targets WHERE target = ?', target)
        for (const alias of changed) {
          const empty =
            'DELETE FROM aliases WHERE address = ?1 AND NOT EXISTS (SELECT 1 FROM alias_targets WHERE alias = ?1)'
          database.run(empty, alias)
        }
        return changed
      })
    },
  }
}
