import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { directoryLimits } from './limits.ts'

/** Hashes passwords with scrypt (RFC 7914) into PHC strings, a few at a time. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** @param stored a PHC string; `undefined` costs the same and is never right. */
  verify(password: string, stored: string | undefined): Promise<boolean>
}

interface Parsed {
  readonly logCost: number
  readonly blockSize: number
  readonly parallelism: number
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

/** @param logCost of new hashes: smaller in tests. */
export function passwordHasher(random: RandomSource, logCost: number): PasswordHasher {
  const turns = new Turns(directoryLimits.hashesAtOnceMax, directoryLimits.hashesWaitingMax)
  const { scryptBlockSize: blockSize, scryptParallelism: parallelism, saltBytes, hashBytes } = directoryLimits
  const decoy = { logCost, blockSize, parallelism, salt: random(saltBytes), hash: new Uint8Array(hashBytes) }
  return {
    async hash(password) {
      const salt = random(saltBytes)
      const hash = await turns.run(() =>
        derive(bytesOf(password), { logCost, blockSize, parallelism, salt, hashBytes }),
      )
      return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelism}$${base64(salt)}$${base64(hash)}`
    },
    async verify(password, stored) {
      const parsed = stored === undefined ? decoy : parsePhc(stored)
      const bytes = bytesOf(password)
      const tooLong = bytes.length > directoryLimits.passwordBytesMax
      const given = tooLong ? new Uint8Array(0) : bytes
      const hash = await turns.run(() => derive(given, { ...parsed, hashBytes: parsed.hash.length }))
      return timingSafeEqual(hash, parsed.hash) && stored !== undefined && !tooLong
    },
  }
}

/** Passwords typed on different keyboards may be different code points for the same letters. */
function bytesOf(password: string): Uint8Array {
  return Buffer.from(password.normalize('NFC'), 'utf8')
}

function derive(
  password: Uint8Array,
  options: { logCost: number; blockSize: number; parallelism: number; salt: Uint8Array; hashBytes: number },
): Promise<Uint8Array> {
  const { logCost, blockSize, parallelism, salt, hashBytes } = options
  const cost = 2 ** logCost
  // 128·N·r bytes of tables and some working space.
  const maxmem = 128 * cost * blockSize + 256 * blockSize * parallelism + 1024 * 1024
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, { cost, blockSize, parallelization: parallelism, maxmem }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/** https://github.com/P-H-C/phc-string-format */
function parsePhc(text: string): Parsed {
  const match =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{16,128})$/.exec(text)
  assert(match !== null, 'a password hash in the database is not a PHC string of scrypt')
  const [, logCost, blockSize, parallelism, salt = '', hash = ''] = match
  assert(
    Number(logCost) <= directoryLimits.scryptLogCostMax,
    'a password hash in the database asks for too much memory',
  )
  return {
    logCost: Number(logCost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}

/** At most so many tasks at once, the rest in the order they came; too many waiting are turned away. */
class Turns {
  readonly #atOnceMax: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax
    this.#waitingMax = waitingMax
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnceMax) this.#running += 1
    else await this.#wait()
    try {
      return await task()
    } finally {
      // The place goes to the next in the queue without becoming free in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      const message = 'Too many logins at the same time. Try again in a moment.'
      throw new OperatingError(message, { code: 'login-busy', retry: 'later' })
    }
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}

/**
 * Remembers which password was right last, so that an app which logs in every minute does not cost a hash each time.
 * Only a keyed hash is kept, with a key that never leaves the memory, and it holds for one stored hash only: a new
 * password makes it worthless by itself.
 */
export class LoginMemory {
  readonly #key: Uint8Array
  readonly #known = new Map<string, Uint8Array>()

  constructor(random: RandomSource) {
    this.#key = random(32)
  }

  knows(user: string, stored: string, password: string): boolean {
    const known = this.#known.get(user)
    return known !== undefined && timingSafeEqual(known, this.#mark(user, stored, password))
  }

  learn(user: string, stored: string, password: string): void {
    this.#known.delete(user)
    this.#known.set(user, this.#mark(user, stored, password))
    const [oldest] = this.#known.keys()
    if (this.#known.size > directoryLimits.rememberedLoginsMax && oldest !== undefined) this.#known.delete(oldest)
  }

  forget(user: string): void {
    this.#known.delete(user)
  }

  #mark(user: string, stored: string, password: string): Uint8Array {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, stored, password]))
      .digest()
  }
}
