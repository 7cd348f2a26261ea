import type { RandomSource } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Directory, User } from './directory.ts'
import { checkUserName } from './names.ts'
import { LoginMemory, type PasswordHasher } from './password.ts'
import type { UserSettings } from './people.ts'
import { passwordMarkOf } from './web-secrets.ts'

interface UserRow {
  readonly name: string
  readonly createdAt: number
  readonly selfMade: number
  readonly admin: number
}

interface SettingsRow {
  readonly quotaBytes: number | null
  readonly quotaMessages: number | null
  readonly chatDays: number | null
  readonly forwardTo: string | null
  readonly forwardKeeps: number
  readonly notices: number | null
}

const select = 'SELECT name, created_at AS createdAt, self_made AS selfMade, admin FROM users'
const selectSettings = `SELECT quota_bytes AS quotaBytes, quota_messages AS quotaMessages, chat_days AS chatDays,
  forward_to AS forwardTo, forward_keeps AS forwardKeeps, notices FROM users WHERE name = ?`

const userOf = ({ selfMade, admin, ...user }: UserRow): User => ({
  ...user,
  selfMade: selfMade === 1,
  admin: admin === 1,
})

function settingsOf({ forwardTo, forwardKeeps, notices, ...limits }: SettingsRow): UserSettings {
  const forward = forwardTo === null ? null : { to: JSON.parse(forwardTo) as string[], keeps: forwardKeeps === 1 }
  return { ...limits, forward, notices: notices === null ? null : notices === 1 }
}

export function sqlUsers(database: Database, random: RandomSource, hasher: PasswordHasher): Directory['users'] {
  const memory = new LoginMemory(random)
  const storedOf = (name: string) =>
    database.get<{ password: string }>('SELECT password FROM users WHERE name = ?', name)?.password
  return {
    async add(name, password, at, how) {
      checkUserName(name)
      if (storedOf(name) !== undefined) return false
      const stored = await hasher.hash(password)
      const sql = `INSERT INTO users (name, password, created_at, self_made, admin)
        VALUES (?1, ?2, ?3, ?4, ?4 = 0 AND NOT EXISTS (SELECT 1 FROM users WHERE admin = 1)) ON CONFLICT DO NOTHING`
      const selfMade = how?.selfMade === true ? 1 : 0
      return (await database.commit(() => database.run(sql, name, stored, at, selfMade))) > 0
    },

    async get(name) {
      const row = database.get<UserRow>(`${select} WHERE name = ?`, name)
      return row === undefined ? undefined : userOf(row)
    },

    async list() {
      return database.all<UserRow>(`${select} ORDER BY name`).map(userOf)
    },

    ...lookingAtUsers(database),
    ...userSettings(database),

    async verify(name, password) {
      const stored = storedOf(name)
      if (stored !== undefined && memory.knows(name, stored, password)) return true
      const right = await hasher.verify(password, stored)
      if (right && stored !== undefined) memory.learn(name, stored, password)
      // Looked up again: the password may have been changed while the hash was made.
      return right && storedOf(name) === stored
    },

    async setPassword(name, password, keptSession = '') {
      if (storedOf(name) === undefined) return false
      const stored = await hasher.hash(password)
      memory.forget(name)
      return database.commit(() => {
        if (database.run('UPDATE users SET password = ?2 WHERE name = ?1', name, stored) === 0) return false
        database.run('DELETE FROM web_sessions WHERE user = ? AND id <> ?', name, keptSession)
        return true
      })
    },

    passwordMark: async name => passwordMarkOf(database, name),

    setAdmin: (name, admin) => database.commit(() => changeAdmin(database, name, admin)),

    async remove(name, how) {
      memory.forget(name)
      return database.commit(() => {
        if (how?.keepsAdmin === true && isLastAdmin(database, name)) return 'last'
        if (database.run('DELETE FROM users WHERE name = ?', name) === 0) return false
        database.run('INSERT OR IGNORE INTO former_users (name) VALUES (?)', name)
        return true
      })
    },
  }
}

function changeAdmin(database: Database, name: string, admin: boolean): 'done' | 'unknown' | 'last' {
  if (!admin && isLastAdmin(database, name)) return 'last'
  return database.run('UPDATE users SET admin = ?2 WHERE name = ?1', name, admin ? 1 : 0) > 0 ? 'done' : 'unknown'
}

function isLastAdmin(database: Database, name: string): boolean {
  const admins = database.all<{ name: string }>('SELECT name FROM users WHERE admin = 1 LIMIT 2')
  return admins.length === 1 && admins[0]?.name === name
}

type Looking = Pick<Directory['users'], 'first' | 'selfMadeCount' | 'isFormer'>

function lookingAtUsers(database: Database): Looking {
  return {
    async first() {
      const row = database.get<UserRow>(`${select} ORDER BY self_made, created_at, name LIMIT 1`)
      return row === undefined ? undefined : userOf(row)
    },

    async selfMadeCount() {
      return database.get<{ count: number }>('SELECT count(*) AS count FROM users WHERE self_made = 1')?.count ?? 0
    },

    async isFormer(name) {
      return database.get('SELECT 1 FROM former_users WHERE name = ?', name) !== undefined
    },
  }
}

function userSettings(database: Database): Pick<Directory['users'], 'settings' | 'change'> {
  return {
    settings(name) {
      const row = database.get<SettingsRow>(selectSettings, name)
      return row === undefined ? undefined : settingsOf(row)
    },

    async change(name, settings) {
      return database.commit(() => {
        const row = database.get<SettingsRow>(selectSettings, name)
        if (row === undefined) return false
        const { quotaBytes, quotaMessages, chatDays, forward, notices } = { ...settingsOf(row), ...settings }
        const sql = `UPDATE users SET quota_bytes = ?2, quota_messages = ?3, chat_days = ?4, forward_to = ?5,
          forward_keeps = ?6, notices = ?7 WHERE name = ?1`
        const to = forward === null ? null : JSON.stringify(forward.to)
        const [keeps, told] = [forward?.keeps === false ? 0 : 1, notices === null ? null : Number(notices)]
        database.run(sql, name, quotaBytes, quotaMessages, chatDays, to, keeps, told)
        return true
      })
    },
  }
}
