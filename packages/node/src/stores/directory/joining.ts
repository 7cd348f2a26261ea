/**
 * Invites to live here. Their secret is 128 random bits, so one SHA-256 keeps it as well as scrypt would, and there is
 * nothing to guess at: it is looked up by that hash. The days of their life are those of the stores' calendar.
 */
import { createHash } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { memoryDays, today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { directoryLimits } from './limits.ts'
import { checkUserName } from './names.ts'
import type { PasswordHasher } from './password.ts'
import type { JoinInvite, JoinInvites } from './people.ts'

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
const idLetters = 8

interface NewSecret {
  readonly id: string
  readonly secret: string
  readonly hash: Uint8Array
}

export function makeSecret(random: RandomSource): NewSecret {
  const id = Array.from(random(idLetters), byte => letters[byte & 31]).join('')
  const secret = Buffer.from(random(16)).toString('base64url')
  return { id, secret, hash: hashOfSecret(secret) }
}

export function hashOfSecret(secret: string): Uint8Array {
  return createHash('sha256').update(`posthorn join invite\0${secret}`).digest()
}

interface Row extends Omit<JoinInvite, 'daysLeft'> {
  readonly lastDay: number
}

const select = `SELECT id, user_name AS userName, quota_bytes AS quotaBytes, uses, uses_max AS usesMax,
  made_at AS madeAt, last_day AS lastDay FROM join_invites`
const isOpen = 'uses < uses_max AND last_day >= ?'

export function sqlJoinInvites(database: Database, random: RandomSource, hasher: PasswordHasher): JoinInvites {
  const invite = ({ lastDay, ...row }: Row): JoinInvite => ({ ...row, daysLeft: lastDay - today(database) })
  const openOf = (secret: string) =>
    database.get<Row>(`${select} WHERE ${isOpen} AND hash = ?`, today(database), hashOfSecret(secret))
  return {
    async add({ userName, quotaBytes, usesMax, days, at }) {
      const made = makeSecret(random)
      return database.commit(() => {
        const sql = `SELECT count(*) AS count FROM join_invites WHERE ${isOpen}`
        const { count } = database.get<{ count: number }>(sql, today(database)) ?? { count: 0 }
        if (count >= directoryLimits.joinInvitesMax) return 'too-many'
        const insert = `INSERT INTO join_invites (id, hash, user_name, quota_bytes, uses_max, made_at, last_day)
          VALUES (?, ?, ?, ?, ?, ?, ?)`
        database.run(insert, made.id, made.hash, userName, quotaBytes, usesMax, at, today(database) + days)
        const shown = { id: made.id, userName, quotaBytes, uses: 0, usesMax, madeAt: at, daysLeft: days }
        return { secret: made.secret, invite: shown }
      })
    },

    async find(secret) {
      const row = openOf(secret)
      return row === undefined ? undefined : invite(row)
    },

    async list() {
      return database.all<Row>(`${select} WHERE ${isOpen} ORDER BY made_at, id`, today(database)).map(invite)
    },

    async remove(id) {
      return (await database.commit(() => database.run('DELETE FROM join_invites WHERE id = ?', id))) > 0
    },

    async use(secret, { name, password, at }) {
      checkUserName(name)
      // Asked before the hash is made too: a wrong secret costs nobody a third of a second.
      if (openOf(secret) === undefined) return 'gone'
      const stored = await hasher.hash(password)
      return database.commit(() => {
        const open = openOf(secret)
        if (open === undefined || (open.userName !== null && open.userName !== name)) return 'gone'
        const insert = `INSERT INTO users (name, password, created_at, self_made, quota_bytes) VALUES (?, ?, ?, 0, ?)
          ON CONFLICT DO NOTHING`
        if (database.run(insert, name, stored, at, open.quotaBytes) === 0) return 'name-taken'
        database.run('UPDATE join_invites SET uses = uses + 1 WHERE id = ?', open.id)
        return 'made'
      })
    },

    async prune() {
      const sql = `DELETE FROM join_invites WHERE NOT (${isOpen}) AND last_day < ?`
      await database.commit(() => database.run(sql, today(database), today(database) - memoryDays))
    },
  }
}
