/** Who is this? One answer for SMTP and IMAP, from the directory, behind the throttle. */
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { type Directory, isAppPassword } from '../../stores/directory/index.ts'
import { addressCharactersMax, isOurs, splitAddress } from './addresses.ts'
import type { FirstLogins } from './first-login.ts'
import type { OpenLogins } from './open-logins.ts'
import type { LoginThrottle } from './throttle.ts'

export interface Login {
  /** Local user, as in the directory. */
  readonly user: string
  /** Under the domain that the person logged in with, else our first; lower case. */
  readonly address: string
  /** The id of the app password that it was; null: the user's own password. */
  readonly appPassword: string | null
  /** Of `OpenLogins`, from before the password was looked at. */
  readonly mark: number
}

export interface LoginRefusal {
  readonly refused: 'credentials' | 'throttled' | 'unavailable'
  /** For the person. One line. */
  readonly text: string
  /** After which it may be tried again, where that is known. */
  readonly waitMs?: number
}

/** @param remote the client's IP address. */
export type Authenticate = (username: string, password: string, remote: string) => Promise<Login | LoginRefusal>

export interface AuthenticatorOptions {
  readonly users: Pick<Directory['users'], 'verify'>
  readonly appPasswords: Pick<Directory['appPasswords'], 'verify' | 'used'>
  readonly logins: OpenLogins
  /** Where people may make accounts by logging in. */
  readonly firstLogins?: FirstLogins | undefined
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
  const { domains, throttle, clock, log, logins, signal } = options
  const checks = new Turnstile(checksAtOnceMax, checksWaitingMax)

  /** A number is how long to hold back the answer to a wrong password: not while others wait for their turn. */
  const check = async (person: Person, password: string, remote: string): Promise<Login | LoginRefusal | number> => {
    const { user, address } = person
    const attempt = { remote, account: user }
    const waitMs = throttle.waitMs(attempt)
    if (waitMs > 0) return throttled(waitMs)
    const { mark } = logins
    const appPassword = await provenBy(options, person, { password, remote })
    if (appPassword === undefined) return throttle.failed(attempt)
    throttle.succeeded(attempt)
    return { user, address, appPassword, mark }
  }

  return async (username, password, remote) => {
    const login = personOf(username, domains)
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

/**
 * Null: the user's own password; an id: that app password; `undefined`: neither. What looks like an app password is
 * compared with those only, which is quick: so many of them cost nobody anything.
 */
async function provenBy(
  options: AuthenticatorOptions,
  { user, isWhole }: Person,
  { password, remote }: { password: string; remote: string },
): Promise<string | null | undefined> {
  const { users, appPasswords, firstLogins, clock, log } = options
  if (isAppPassword(password)) {
    const id = await appPasswords.verify(user, password)
    // A disk that is full keeps nobody from reading their mail.
    const failed = (error: unknown) => log.warn('the use of an app password was not noted', { error: messageOf(error) })
    if (id !== undefined) await appPasswords.used(id, clock.now()).catch(failed)
    return id
  }
  if (await users.verify(user, password)) return null
  if (firstLogins === undefined || !isWhole) return undefined
  const outcome = await firstLogins.tryMake(user, password, remote)
  // Apps log in to read and to send at the same moment: the other one may have made it.
  const right = outcome === 'made' || (outcome === 'known' && (await users.verify(user, password)))
  return right ? null : undefined
}

interface Person {
  readonly user: string
  readonly address: string
  /** Whether the whole address was given. */
  readonly isWhole: boolean
}

function personOf(username: string, domains: readonly string[]): Person | undefined {
  const name = username.trim().toLowerCase()
  if (name.length > addressCharactersMax) return undefined
  const parts = splitAddress(name.includes('@') ? name : `${name}@${domains[0] ?? ''}`)
  if (parts === undefined || !isOurs(parts.domain, domains)) return undefined
  return { user: parts.local, address: `${parts.local}@${parts.domain}`, isWhole: name.includes('@') }
}

function throttled(waitMs: number): LoginRefusal {
  const seconds = Math.ceil(waitMs / 1000)
  return { refused: 'throttled', text: `Too many wrong passwords; try again in ${seconds} seconds.`, waitMs }
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
