/** Sessions and tokens in the twin in memory. */
import { randomBytes } from 'node:crypto'
import { MemoryCalendar } from '../database/memory-calendar.ts'
import { checkLabel, isWorthNoting } from './app-passwords.ts'
import { directoryLimits } from './limits.ts'
import type { ApiToken, ApiTokens, WebSession, WebSessions } from './web-callers.ts'
import { hashOfSecret, newSecret } from './web-secrets.ts'
import { isOver } from './web-sessions.ts'

interface StoredSession extends WebSession {
  readonly madeDay: number
  readonly usedDay: number
}

const keyOf = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

export class MemoryWebSessions implements WebSessions {
  readonly #markOf: (user: string) => string | undefined
  readonly #calendar = new MemoryCalendar()
  readonly #sessions = new Map<string, StoredSession>()

  constructor(markOf: (user: string) => string | undefined) {
    this.#markOf = markOf
  }

  async add({ user, label, stays, passwordMark }: Parameters<WebSessions['add']>[0], at: number) {
    if (this.#markOf(user) !== passwordMark) return 'changed'
    const day = this.#turn(at)
    for (const { id } of this.#all(user).slice(directoryLimits.webSessionsMax - 1)) this.#end(id)
    const { id, secret, hash } = newSecret('session', randomBytes)
    const short = label.slice(0, directoryLimits.webLabelLettersMax)
    const ages = { madeAt: at, usedAt: at, madeDay: day, usedDay: day }
    this.#sessions.set(keyOf(hash), { id, user, label: short, stays, ...ages })
    return { id, secret }
  }

  async find(secret: string) {
    const hash = hashOfSecret('session', secret)
    const session = hash && this.#sessions.get(keyOf(hash))
    return session && !isOver(session, this.#calendar.today) ? shown(session) : undefined
  }

  async used(id: string, at: number) {
    for (const [key, session] of this.#sessions) {
      if (session.id !== id || !isWorthNoting(session.usedAt, at)) continue
      this.#sessions.set(key, { ...session, usedAt: at, usedDay: this.#turn(at) })
    }
  }

  async list(user: string) {
    return this.#all(user)
      .filter(session => !isOver(session, this.#calendar.today))
      .map(shown)
  }

  async end(user: string, id: string) {
    return this.#all(user).some(session => session.id === id) && this.#end(id)
  }

  async endAll(user: string, but?: string) {
    const ids = this.#all(user).flatMap(({ id }) => (id === but ? [] : [id]))
    for (const id of ids) this.#end(id)
    return ids
  }

  async prune(now: number) {
    const day = this.#turn(now)
    for (const session of this.#sessions.values()) if (isOver(session, day)) this.#end(session.id)
  }

  #turn(at: number): number {
    this.#calendar.turn(at)
    return this.#calendar.today
  }

  #all(user: string): StoredSession[] {
    const own = [...this.#sessions.values()].filter(session => session.user === user)
    return own.sort((one, other) => other.usedAt - one.usedAt || compare(one.id, other.id))
  }

  #end(id: string): boolean {
    const found = [...this.#sessions].find(([, session]) => session.id === id)
    return found !== undefined && this.#sessions.delete(found[0])
  }
}

function shown({ id, user, label, stays, madeAt, usedAt }: StoredSession): WebSession {
  return { id, user, label, stays, madeAt, usedAt }
}

export class MemoryApiTokens implements ApiTokens {
  readonly #isUser: (name: string) => boolean
  readonly #tokens = new Map<string, ApiToken>()

  constructor(isUser: (name: string) => boolean) {
    this.#isUser = isUser
  }

  async add({ user, label, admin }: Pick<ApiToken, 'user' | 'label' | 'admin'>, at: number) {
    checkLabel(label)
    if (!this.#isUser(user)) return 'unknown-user'
    const own = await this.list(user)
    if (own.some(token => token.label === label)) return 'taken'
    if (own.length >= directoryLimits.apiTokensMax) return 'too-many'
    const { id, secret, hash } = newSecret('token', randomBytes)
    this.#tokens.set(keyOf(hash), { id, user, label, admin, madeAt: at, usedAt: null })
    return { id, secret }
  }

  async find(secret: string) {
    const hash = hashOfSecret('token', secret)
    return hash && this.#tokens.get(keyOf(hash))
  }

  async used(id: string, at: number) {
    for (const [key, token] of this.#tokens) {
      if (token.id === id && isWorthNoting(token.usedAt, at)) this.#tokens.set(key, { ...token, usedAt: at })
    }
  }

  async list(user: string) {
    const own = [...this.#tokens.values()].filter(token => token.user === user)
    return own.sort((one, other) => compare(one.label, other.label))
  }

  async remove(user: string, id: string) {
    const found = [...this.#tokens].find(([, token]) => token.user === user && token.id === id)
    return found !== undefined && this.#tokens.delete(found[0])
  }

  removeAll(user: string) {
    for (const [key, token] of this.#tokens) if (token.user === user) this.#tokens.delete(key)
  }
}
