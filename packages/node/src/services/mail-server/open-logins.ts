/**
 * Who is logged in with what, over all protocols, so that a login can be taken back: the password was changed, an app
 * password removed, a user is gone.
 *
 * It promises: what was taken back is served nothing more when `end` has resolved. That holds for a login too whose
 * password was being looked at meanwhile: it is asked again when it enters.
 */
import type { Login } from './authenticate.ts'

/** Ends a session. Resolves when it does nothing more for its user. */
export type EndSession = (reason: string) => Promise<void> | void

/** Which credentials: an id of an app password, the user's own password, or all. */
export type Credentials = 'all' | 'password' | { readonly appPassword: string }

interface OpenLogin {
  readonly login: Login
  readonly end: EndSession
}

export class OpenLogins {
  readonly #open = new Map<string, Set<OpenLogin>>()
  /** Takings back so far, and the last one of each user. Grows with what a person does by hand, not with logins. */
  #count = 0
  readonly #last = new Map<string, { readonly count: number; readonly credentials: Credentials }[]>()

  /** Taken before a password is looked at. */
  get mark(): number {
    return this.#count
  }

  /** `undefined`: it was taken back since its mark. Else the way to leave, which may be called twice. */
  enter(login: Login, end: EndSession): (() => void) | undefined {
    const taken = this.#last.get(login.user) ?? []
    if (taken.some(({ count, credentials }) => count > login.mark && concerns(credentials, login))) return undefined
    const logins = this.#open.get(login.user) ?? new Set()
    this.#open.set(login.user, logins)
    const entry = { login, end }
    logins.add(entry)
    return () => {
      logins.delete(entry)
      if (logins.size === 0 && this.#open.get(login.user) === logins) this.#open.delete(login.user)
    }
  }

  /** Answers how many sessions were ended. */
  async end(user: string, credentials: Credentials, reason: string): Promise<number> {
    this.#count += 1
    const latest = [...(this.#last.get(user) ?? []), { count: this.#count, credentials }].slice(-rememberedMax)
    this.#last.set(user, latest)
    const doomed = [...(this.#open.get(user) ?? [])].filter(({ login }) => concerns(credentials, login))
    await Promise.all(doomed.map(async ({ end }) => end(reason)))
    return doomed.length
  }
}

/** A password takes a second to look at, at most; nobody takes back more of one user's in that time. */
const rememberedMax = 100

function concerns(credentials: Credentials, { appPassword }: Login): boolean {
  if (credentials === 'all') return true
  return credentials === 'password' ? appPassword === null : appPassword === credentials.appPassword
}
