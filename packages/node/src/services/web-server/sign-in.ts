/** Signing in and out, and the setting up of a node on which nobody lives yet. By HTTP, because a cookie is set. */
import type { CookieSerializeOptions } from '@fastify/cookie'
import { type SessionView, signIn } from '@posthorn/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import type { Clock } from '../../base/clock.ts'
import type { OperatingError } from '../../base/errors.ts'
import type { Directory } from '../../stores/directory/index.ts'
import type { Authenticate, LoginThrottle } from '../mail-server/index.ts'
import { browserOf } from './browser.ts'
import type { Callers } from './callers.ts'
import type { RunCall } from './calls.ts'
import { refusal } from './errors.ts'
import type { Caller } from './handlers.ts'
import { isSecure, remoteOf } from './request.ts'

export interface NewPerson {
  readonly name: string
  readonly password: string
}

/** Who came in, and is signed in. */
export interface Entered {
  readonly person: NewPerson
  readonly stay: boolean
  /** In the place of the session. */
  readonly answer?: unknown
  /** Called once that is on its way. */
  readonly answered?: () => void
}

/**
 * A way in for who has no account, by a secret; wrong ones are counted like wrong passwords, by the place that they
 * come from: others may go on. Undefined: the secret is wrong.
 */
export type Entrance = (body: unknown) => Promise<Entered | { readonly answer: unknown } | undefined>

export interface SignInOptions {
  readonly callers: Callers
  readonly users: Pick<Directory['users'], 'passwordMark' | 'verify'>
  readonly sessions: Directory['webSessions']
  readonly authenticate: Authenticate
  readonly throttle: LoginThrottle
  /** By path. */
  readonly entrances: Readonly<Record<string, Entrance>>
  readonly run: RunCall
  /** Ends what is open by a session. */
  readonly ended: (session: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A year, as long as a session lasts at most. */
const cookieSecondsMax = 366 * 86_400

export function signInRoutes(app: FastifyInstance, options: SignInOptions): void {
  const { callers, users, sessions, authenticate, throttle, run } = options

  const show = (caller: Caller | null) =>
    run({ method: 'session.show', params: {} }, caller, { signal: new AbortController().signal, progress: () => {} })

  const callerOf = (request: FastifyRequest) => callers.find(callers.credential(request.headers, isSecure(request.raw)))

  /** Never goes on with a session that was there before: what somebody planted in a browser is worth nothing. */
  const begin = async (request: FastifyRequest, reply: FastifyReply, person: NewPerson, stays: boolean) => {
    await end(request)
    const { name: user, password } = person
    const passwordMark = (await users.passwordMark(user)) ?? ''
    // Once more, behind the mark: it may have been changed since it was looked at.
    const isRight = await users.verify(user, password)
    const label = browserOf(request.headers['user-agent'])
    const made = isRight && (await sessions.add({ user, label, stays, passwordMark }, options.clock.now()))
    if (made === false || made === 'changed') {
      throw refusal('wrong-credentials', 'The password was changed just now: sign in with the new one.')
    }
    const secure = isSecure(request.raw)
    const age = stays ? { maxAge: cookieSecondsMax } : {}
    reply.setCookie(callers.cookieName(secure), made.secret, { ...cookieOptions, secure, ...age })
    return show(await callers.find({ session: made.secret }))
  }

  const end = async (request: FastifyRequest) => {
    const caller = await callerOf(request)
    if (caller === null || !('session' in caller.by)) return
    await sessions.end(caller.user, caller.by.session)
    options.ended(caller.by.session)
  }

  app.get('/api/v1/session', async request => show(await callerOf(request)))

  app.post('/api/v1/session', async (request, reply) => {
    const { name, password, stay } = checkedBody(signIn, request.body)
    const login = await authenticate(name, password, remoteOf(request.raw))
    if ('user' in login) return begin(request, reply, { name: login.user, password }, stay)
    const code = { credentials: 'wrong-credentials', throttled: 'too-many-guesses', unavailable: 'busy' }[login.refused]
    if (login.waitMs !== undefined) reply.header('retry-after', Math.ceil(login.waitMs / 1000))
    throw refusal(code, login.text, login.refused === 'credentials' ? 'never' : 'later')
  })

  app.delete('/api/v1/session', async (request, reply): Promise<SessionView> => {
    await end(request)
    const secure = isSecure(request.raw)
    reply.clearCookie(callers.cookieName(secure), { ...cookieOptions, secure }).headers(forgetKept)
    return (await show(null)) as SessionView
  })

  for (const [path, enter] of Object.entries(options.entrances)) {
    app.post(path, async (request, reply) => {
      const remote = remoteOf(request.raw)
      const attempt = { remote, account: `${path} from ${remote}` }
      const waitMs = throttle.waitMs(attempt)
      if (waitMs > 0) throw tooManyGuesses(waitMs)
      const entered = await enter(request.body)
      if (entered !== undefined) {
        if (!('person' in entered)) return entered.answer
        if (entered.answered !== undefined) reply.raw.once('close', entered.answered)
        const session = await begin(request, reply, entered.person, entered.stay)
        return entered.answer ?? session
      }
      const lateMs = throttle.failed(attempt)
      if (lateMs > 0) await options.clock.sleep(lateMs, options.signal)
      throw refusal('wrong-credentials', 'This link is not good, or not any more. Ask for a new one.')
    })
  }
}

/** Browsers keep pictures and files for a year. Not "storage": there the app itself lies, for all who use it. */
const forgetKept = { 'clear-site-data': '"cache"' }

const cookieOptions: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'strict' }

function tooManyGuesses(waitMs: number): OperatingError {
  const seconds = Math.ceil(waitMs / 1000)
  return refusal('too-many-guesses', `Too many wrong guesses; try again in ${seconds} seconds.`, 'later')
}

/** @throws OperatingError `bad-params`, which names what does not fit and never its value. */
export function checkedBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const checked = v.safeParse(schema, body)
  if (checked.success) return checked.output
  const faults = checked.issues.map(issue => v.getDotPath(issue) ?? 'the body')
  throw refusal('bad-params', `This cannot be asked like this: look at ${[...new Set(faults)].slice(0, 5).join(', ')}.`)
}
