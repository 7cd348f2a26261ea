/**
 * App passwords: `app-IDID-IDID-…`, eight characters that name it and 24 that prove it. Those are random, 120 bits, so
 * one SHA-256 keeps them as well as scrypt would, and a login costs the same however many of them there are.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Database } from '../database/database.ts'
import { directoryLimits } from './limits.ts'
import type { AppPassword, AppPasswords } from './people.ts'

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
const idLetters = 8
const secretLetters = 24
const form = new RegExp(`^app([${letters}]{${idLetters}})([${letters}]{${secretLetters}})$`)

export interface NewAppPassword {
  readonly id: string
  readonly password: string
  readonly hash: Uint8Array
}

export function makeAppPassword(random: RandomSource): NewAppPassword {
  const text = Array.from(random(idLetters + secretLetters), byte => letters[byte & 31]).join('')
  const id = text.slice(0, idLetters)
  return { id, password: `app-${text.match(/.{4}/g)?.join('-')}`, hash: hashOf(id, text.slice(idLetters)) }
}

/** The parts of what looks like an app password, as people type it: case, dashes and blanks do not matter. */
export function parseAppPassword(password: string): { readonly id: string; readonly hash: Uint8Array } | undefined {
  if (password.length > directoryLimits.appPasswordLettersMax) return undefined
  const [, id, secret] = form.exec(password.toLowerCase().replaceAll(/[-\s]/g, '')) ?? []
  return id === undefined || secret === undefined ? undefined : { id, hash: hashOf(id, secret) }
}

export function isAppPassword(password: string): boolean {
  return parseAppPassword(password) !== undefined
}

function hashOf(id: string, secret: string): Uint8Array {
  return createHash('sha256').update(`posthorn app password\0${id}\0${secret}`).digest()
}

/** @throws OperatingError `bad-label` */
export function checkLabel(label: string): void {
  if (label.length >= 1 && label.length <= 64 && !/\p{Cc}/u.test(label) && label.trim() === label) return
  const message = 'A label is 1 to 64 characters, without control characters, and blanks at its ends.'
  throw new OperatingError(message, { code: 'bad-label', retry: 'never' })
}

const nobody = { user: '', hash: new Uint8Array(32) }

export function rightId(
  stored: { readonly user: string; readonly hash: Uint8Array } | undefined,
  user: string,
  given: { readonly id: string; readonly hash: Uint8Array },
): string | undefined {
  const { hash, user: owner } = stored ?? nobody
  const same = timingSafeEqual(hash, given.hash)
  return same && owner === user ? given.id : undefined
}

export function sqlAppPasswords(database: Database, random: RandomSource): AppPasswords {
  return {
    async add(user, label, at) {
      checkLabel(label)
      const made = makeAppPassword(random)
      return database.commit(() => {
        if (database.get('SELECT 1 FROM users WHERE name = ?', user) === undefined) return 'unknown-user'
        const own = 'SELECT label FROM app_passwords WHERE user = ?'
        const labels = database.all<{ label: string }>(own, user)
        if (labels.some(other => other.label === label)) return 'taken'
        if (labels.length >= directoryLimits.appPasswordsMax) return 'too-many'
        const sql = 'INSERT INTO app_passwords (id, user, label, hash, made_at) VALUES (?, ?, ?, ?, ?)'
        database.run(sql, made.id, user, label, made.hash, at)
        return { id: made.id, password: made.password }
      })
    },

    async list(user) {
      const sql = `SELECT id, label, made_at AS madeAt, last_used_at AS lastUsedAt FROM app_passwords
        WHERE user = ? ORDER BY label`
      return database.all<AppPassword>(sql, user)
    },

    async remove(user, label) {
      const sql = 'DELETE FROM app_passwords WHERE user = ? AND label = ? RETURNING id'
      return database.commit(() => database.get<{ id: string }>(sql, user, label)?.id)
    },

    async verify(user, password) {
      const given = parseAppPassword(password)
      if (given === undefined) return undefined
      const sql = 'SELECT user, hash FROM app_passwords WHERE id = ?'
      return rightId(database.get<{ user: string; hash: Uint8Array }>(sql, given.id), user, given)
    },

    async used(id, at) {
      const sql = 'SELECT last_used_at AS last FROM app_passwords WHERE id = ?'
      const known = database.get<{ last: number | null }>(sql, id)
      if (known === undefined || !isWorthNoting(known.last, at)) return
      await database.commit(() => database.run('UPDATE app_passwords SET last_used_at = ? WHERE id = ?', at, id))
    },
  }
}

/** A clock that was put back is noted too. */
export function isWorthNoting(last: number | null, at: number): boolean {
  return last === null || Math.abs(at - last) >= directoryLimits.appPasswordUseMs
}
