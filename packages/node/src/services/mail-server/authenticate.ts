/** Who is this? One answer for SMTP and IMAP, from the directory, behind the throttle. */
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import { addressCharactersMax, isOurs, splitAddress } from './addresses.ts'
import type { LoginThrottle } from './throttle.ts'

export interface Login {
  /** Local user, as in the directory. */
  readonly user: string
  /** Under the domain that the person logged in with, else our first; lower case. */
  readonly address: string
}

export interface LoginRefusal {
  readonly refused: 'credentials' | 'throttled' | 'unavailable'
  /** For the person. One line. */
  readonly text: string
}

/** @param remote the client's IP address. */
export type Authenticate = (username: string, password: string, remote: string) => Promise<Login | LoginRefusal>

export interface AuthenticatorOptions {
  readonly users: Pick<Directory['users'], 'verify'>
  /** The domains whose mail ends here, our own first. */
  readonly domains: readonly string[]
  readonly throttle: LoginThrottle
  readonly clock: Clock
  readonly log: Log
  /** Ends the wait before a late answer. */
  readonly signal: AbortSignal
}

/** Checks are memory-hard: more at a time would stop everything else. Who finds too many waiting is sent away. */
const checksAtOnceMax = 2
const checksWaitingMax = 64
const passwordCharactersMax = 1024

const wrong: LoginRefusal = { refused: 'credentials', text: 'The user name or the password is wrong.' }
const unavailable: LoginRefusal = {
  refused: 'unavailable',
  text: 'This node cannot look at passwords just now; try again in a minute.',
}

/**
 * The user name is a full address under one of our domains, in any case, or a local user's name alone. Never rejects: a
 * directory in trouble is `unavailable`.
 */
export function authenticator(options: AuthenticatorOptions): Authenticate {
  const { users, domains, throttle, clock, log, signal } = options
  const checks = new Turnstile(checksAtOnceMax, checksWaitingMax)

  /** A number is how long to hold back the answer to a wrong password: not while others wait for their turn. */
  const check = async (login: Login, password: string, remote: string): Promise<Login | LoginRefusal | number> => {
    const attempt = { remote, account: login.user }
    const waitMs = throttle.waitMs(attempt)
    if (waitMs > 0) return throttled(waitMs)
    if (!(await users.verify(login.user, password))) return throttle.failed(attempt)
    throttle.succeeded(attempt)
    return login
  }

  return async (username, password, remote) => {
    const login = loginOf(username, domains)
    if (login === undefined || password === '' || password.length > passwordCharactersMax) return wrong
    try {
      const answer = (await checks.run(() => check(login, password, remote))) ?? unavailable
      if (typeof answer !== 'number') return answer
      log.info('wrong user name or password', { remote })
      if (answer > 0) await clock.sleep(answer, signal)
      return wrong
    } catch (error) {
      if (!isAbort(error)) log.error('the directory could not check a password', { error: messageOf(error) })
      return unavailable
    }
  }
}

function loginOf(username: string, domains: readonly string[]): Login | undefined {
  const name = username.trim().toLowerCase()
  if (name.length > addressCharactersMax) return undefined
  const parts = splitAddress(name.includes('@') ? name : `${name}@${domains[0] ?? ''}`)
  if (parts === undefined || !isOurs(parts.domain, domains)) return undefined
  return { user: parts.local, address: `${parts.local}@${parts.domain}` }
}

function throttled(waitMs: number): LoginRefusal {
  const seconds = Math.ceil(waitMs / 1000)
  return { refused: 'throttled', text: `Too many wrong passwords; try again in ${seconds} seconds.` }
}

/** Lets so many through at a time, keeps so many waiting, sends the others away with `undefined`. */
class Turnstile {
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnceMax: number, waitingMax: number) {
    this.#free = atOnceMax
    this.#waitingMax = waitingMax
  }

  async run<T>(task: () => Promise<T>): Promise<T | undefined> {
    if (this.#free > 0) this.#free -= 1
    else if (this.#waiting.length >= this.#waitingMax) return undefined
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}
