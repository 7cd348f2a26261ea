import type { RandomSource } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Directory, User } from './directory.ts'
import { checkUserName } from './names.ts'
import { LoginMemory, passwordHasher } from './password.ts'

export function sqlUsers(database: Database, random: RandomSource, scryptLogCost: number): Directory['users'] {
  const hasher = passwordHasher(random, scryptLogCost)
  const memory = new LoginMemory(random)
  const storedOf = (name: string) =>
    database.get<{ password: string }>('SELECT password FROM users WHERE name = ?', name)?.password
  return {
    async add(name, password, at) {
      checkUserName(name)
      if (storedOf(name) !== undefined) return false
      const stored = await hasher.hash(password)
      const sql = 'INSERT INTO users (name, password, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
      return (await database.commit(() => database.run(sql, name, stored, at))) > 0
    },

    async get(name) {
      return database.get<User>('SELECT name, created_at AS createdAt FROM users WHERE name = ?', name)
    },

    async list() {
      return database.all<User>('SELECT name, created_at AS createdAt FROM users ORDER BY name')
    },

    async verify(name, password) {
      const stored = storedOf(name)
      if (stored !== undefined && memory.knows(name, stored, password)) return true
      const right = await hasher.verify(password, stored)
      if (right && stored !== undefined) memory.learn(name, stored, password)
      // Looked up again: the password may have been changed while the hash was made.
      return right && storedOf(name) === stored
    },

    async setPassword(name, password) {
      if (storedOf(name) === undefined) return false
      const stored = await hasher.hash(password)
      memory.forget(name)
      const sql = 'UPDATE users SET password = ?2 WHERE name = ?1'
      return (await database.commit(() => database.run(sql, name, stored))) > 0
    },

    async remove(name) {
      memory.forget(name)
      return (await database.commit(() => database.run('DELETE FROM users WHERE name = ?', name))) > 0
    },
  }
}
