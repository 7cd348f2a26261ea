/** Becoming somebody: STARTTLS, LOGIN, AUTHENTICATE PLAIN and LOGIN (RFC 9051 section 6.2, SASL-IR of RFC 4959). */
import { binaryOfBase64, textOf } from '../grammar/bytes.ts'
import type { Cursor } from '../grammar/cursor.ts'
import { initialResponseOf, loginChallenges, plainMessage } from '../sasl.ts'
import { Farewell, SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { LoginRefusal } from '../session/types.ts'

const refusedCodes: Readonly<Record<LoginRefusal['refused'], string>> = {
  credentials: 'AUTHENTICATIONFAILED',
  throttled: 'LIMIT',
  unavailable: 'UNAVAILABLE',
}

/** What may stand in a log of what somebody called himself. */
function loggedName(username: string): string {
  return username.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200)
}

async function logIn(session: Session, username: string, password: string): Promise<Reply> {
  let result: Awaited<ReturnType<typeof session.options.authenticate>>
  try {
    result = await session.options.authenticate(username, password)
  } catch (error) {
    session.event({ kind: 'error', error })
    result = { refused: 'unavailable', text: 'Login is not possible at the moment, try again later' }
  }
  if (!('refused' in result)) {
    session.loggedIn(result)
    session.event({ kind: 'login', address: result.address })
    return ok('Logged in', `CAPABILITY ${session.capabilities()}`)
  }
  session.event({ kind: 'login-failed', username: loggedName(username), reason: result.refused })
  session.loginFailures += 1
  if (session.loginFailures >= session.limits.loginFailuresMax) {
    throw new Farewell('Too many failed logins', 'loginFailuresMax')
  }
  return no(result.text, refusedCodes[result.refused])
}

function tooEarly(session: Session): Reply | undefined {
  return session.loginAllowed ? undefined : no('Log in under TLS only', 'PRIVACYREQUIRED')
}

export const login: Command = {
  when: 'before-login',
  news: 'none',
  async run(session, args) {
    args.space()
    const username = args.astringText('User name')
    args.space()
    const password = args.astringText('Password')
    args.end()
    return tooEarly(session) ?? (await logIn(session, username, password))
  },
}

export const starttls: Command = {
  when: 'before-login',
  news: 'none',
  async run(session, args) {
    args.end()
    if (session.secure) return { status: 'BAD', text: 'TLS is on already' }
    if (!session.options.starttls) return no('TLS is not on offer here', 'CANNOT')
    return { status: 'OK', text: 'Begin TLS negotiation now', next: 'starttls' }
  },
}

/** One answer of the client within AUTHENTICATE, decoded. @throws SyntaxFault when it gives up or it is not base64 */
async function answer(session: Session, challenge: string): Promise<string> {
  await session.responder.goAhead(challenge)
  const line = await session.input.line(session.limits.lineBeforeLoginBytesMax)
  if (line === '*') throw new SyntaxFault('Authentication cancelled')
  const bytes = binaryOfBase64(line)
  if (bytes === undefined) throw new SyntaxFault('Base64 expected')
  return bytes
}

async function plain(session: Session, initial: string | undefined): Promise<Reply> {
  const message = plainMessage(initial ?? (await answer(session, '')))
  if (message === undefined) throw new SyntaxFault('Not a PLAIN message')
  const { authorization, username, password } = message
  if (authorization !== '' && authorization !== username) {
    return no('Logging in for somebody else is not possible', 'AUTHORIZATIONFAILED')
  }
  return logIn(session, username, password)
}

/** The LOGIN mechanism of older clients. */
async function loginMechanism(session: Session, initial: string | undefined): Promise<Reply> {
  const username = initial ?? (await answer(session, loginChallenges.username))
  const password = await answer(session, loginChallenges.password)
  return logIn(session, textOf(username), textOf(password))
}

const mechanisms = { PLAIN: plain, LOGIN: loginMechanism }

function initialResponse(args: Cursor): string | undefined {
  if (!args.skip(' ')) return undefined
  const initial = initialResponseOf(args.astring('Initial response'))
  if (initial === undefined) throw new SyntaxFault('Base64 expected')
  return initial
}

export const authenticate: Command = {
  when: 'before-login',
  news: 'none',
  async run(session, args) {
    args.space()
    const name = args.word('Mechanism')
    const initial = initialResponse(args)
    args.end()
    session.looksFirst = true
    if (name !== 'PLAIN' && name !== 'LOGIN') return no('This mechanism is not supported', 'CANNOT')
    return tooEarly(session) ?? (await mechanisms[name](session, initial))
  },
}
