/** Who calls: proven by the cookie of a session, or by a token; never by what a call says. */

import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/index.ts'
import type { Caller } from './handlers.ts'

export interface CallersOptions {
  readonly users: Pick<Directory['users'], 'get'>
  readonly sessions: Pick<Directory['webSessions'], 'find' | 'used'>
  readonly tokens: Pick<Directory['apiTokens'], 'find' | 'used'>
  readonly parseCookie: (header: string) => Readonly<Record<string, string | undefined>>
  /** Part of the cookie's name: cookies know no ports, and there may be several nodes on one host. */
  readonly node: string
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** What somebody holds; it is proven anew with every call. */
export type Credential = { readonly session: string } | { readonly token: string }

export interface Callers {
  cookieName(secure: boolean): string
  /** What a request holds; undefined for nothing. */
  credential(headers: IncomingHttpHeaders, secure: boolean): Credential | undefined
  /** Null: it is good for nothing, or not any more. */
  find(credential: Credential | undefined): Promise<Caller | null>
}

export function webCallers(options: CallersOptions): Callers {
  const { users, sessions, tokens, parseCookie, node, clock, log } = options
  const cookieName = (secure: boolean) => `${secure ? '__Host-' : ''}posthorn-${node}`
  // A disk that is full keeps nobody from reading.
  const noted = (work: Promise<void>) =>
    void work.catch((error: unknown) => log.warn('the use of a session was not noted', { error: messageOf(error) }))
  return {
    cookieName,

    credential(headers, secure) {
      const [, token] = /^Bearer +(\S{1,256})$/i.exec(headers.authorization ?? '') ?? []
      if (headers.authorization !== undefined) return token === undefined ? undefined : { token }
      const session = parseCookie(headers.cookie ?? '')[cookieName(secure)]
      return session === undefined ? undefined : { session }
    },

    async find(credential) {
      if (credential === undefined) return null
      if ('session' in credential) {
        const session = await sessions.find(credential.session)
        const user = session && (await users.get(session.user))
        if (session === undefined || user === undefined) return null
        noted(sessions.used(session.id, clock.now()))
        return { user: user.name, role: user.admin ? 'admin' : 'user', by: { session: session.id } }
      }
      const token = await tokens.find(credential.token)
      const user = token && (await users.get(token.user))
      if (token === undefined || user === undefined) return null
      noted(tokens.used(token.id, clock.now()))
      return { user: user.name, role: token.admin && user.admin ? 'admin' : 'user', by: { token: token.id } }
    },
  }
}
