/** Secrets of sessions and tokens: 256 random bits, so one SHA-256 keeps them as well as a slow hash would. */
import { createHash } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'

export interface NewSecret {
  readonly id: string
  readonly secret: string
  readonly hash: Uint8Array
}

const form = /^(?:pht_)?[A-Za-z0-9_-]{43}$/

export function newSecret(kind: 'session' | 'token', random: RandomSource): NewSecret {
  const text = Buffer.from(random(32)).toString('base64url')
  // Recognised by those who look for secrets in places where they should not be.
  const secret = kind === 'token' ? `pht_${text}` : text
  return { id: Buffer.from(random(9)).toString('base64url'), secret, hash: hashOf(kind, secret) }
}

/** Undefined for what cannot be a secret. */
export function hashOfSecret(kind: 'session' | 'token', secret: string): Uint8Array | undefined {
  return form.test(secret) ? hashOf(kind, secret) : undefined
}

function hashOf(kind: 'session' | 'token', secret: string): Uint8Array {
  return createHash('sha256').update(`posthorn web ${kind}\0${secret}`).digest()
}

/** Of what is stored of the password, which has a salt of its own each time. */
export function passwordMarkOf(database: Database, user: string): string | undefined {
  const stored = database.get<{ password: string }>('SELECT password FROM users WHERE name = ?', user)?.password
  return stored === undefined ? undefined : createHash('sha256').update(`posthorn password\0${stored}`).digest('hex')
}
