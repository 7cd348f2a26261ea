/**
 * Becoming somebody: USER and PASS (RFC 1939 section 7), AUTH PLAIN and LOGIN (RFC 5034), STLS (RFC 2595 section 4).
 */
import { binaryOfBase64, textOf } from '../grammar/bytes.ts'
import { initialResponseOf, loginChallenges, plainMessage } from '../sasl.ts'
import { Farewell } from '../session/faults.ts'
import type { LoginRefusal } from '../session/types.ts'
import { type Command, Misuse } from './command.ts'
import type { Session } from './session.ts'

/** RFC 3206: `AUTH` makes a client ask for the password again; `SYS/TEMP` makes it try later with the same one. */
const refusedCodes: Readonly<Record<LoginRefusal['refused'], string>> = {
  credentials: 'AUTH',
  throttled: 'SYS/TEMP',
  unavailable: 'SYS/TEMP',
}

const inTrouble: LoginRefusal = { refused: 'unavailable', text: 'Login is not possible at the moment, try again later' }

async function logIn(session: Session, username: string, password: string): Promise<undefined> {
  const refusal = await tryToLogIn(session, username, password)
  if (refusal === undefined) {
    const { letters, sizeBytes } = session.maildrop.totals()
    session.event({ kind: 'login', address: session.address })
    await session.answer('+OK', `${letters} messages, ${sizeBytes} octets`)
    return undefined
  }
  session.event({ kind: 'login-failed', reason: refusal.refused })
  session.loginFailures += 1
  await session.answer('-ERR', refusal.text, refusedCodes[refusal.refused])
  if (session.loginFailures >= session.limits.loginFailuresMax) {
    session.event({ kind: 'limit', limit: 'loginFailuresMax' })
    throw new Farewell('Too many failed logins')
  }
  return undefined
}

async function tryToLogIn(session: Session, username: string, password: string): Promise<LoginRefusal | undefined> {
  try {
    const result = await session.options.authenticate(username, password)
    if ('refused' in result) return result
    await session.logIn(result)
    return undefined
  } catch (error) {
    session.event({ kind: 'error', error })
    return inTrouble
  }
}

/** Answers when it is too early for a password. Asked before one is, so that none crosses the wire in clear. */
async function tooEarly(session: Session): Promise<boolean> {
  if (session.loginAllowed) return false
  await session.answer('-ERR', 'Log in under TLS only: STLS')
  return true
}

export const user: Command = {
  when: 'before-login',
  async run(session, args) {
    if (args === '') throw new Misuse('USER needs a name')
    if (await tooEarly(session)) return undefined
    session.claimedName = textOf(args)
    // Whether there is such a user is nobody's business.
    await session.answer('+OK', 'Send the password')
    return undefined
  },
}

export const pass: Command = {
  when: 'before-login',
  async run(session, args) {
    const name = session.claimedName
    session.claimedName = undefined
    if (await tooEarly(session)) return undefined
    if (name === undefined) throw new Misuse('USER first')
    return logIn(session, name, textOf(args))
  },
}

/** One answer of the client within AUTH, as a binary string. @throws Misuse when it gives up or it is not base64 */
async function answerTo(session: Session, challenge: string): Promise<string> {
  await session.challenge(challenge)
  const line = await session.input.line(session.limits.lineBytesMax)
  if (line === '*') throw new Misuse('Authentication cancelled')
  const binary = binaryOfBase64(line)
  if (binary === undefined) throw new Misuse('Base64 expected')
  return binary
}

async function plain(session: Session, initial: string | undefined): Promise<undefined> {
  const message = plainMessage(initial ?? (await answerTo(session, '')))
  if (message === undefined) throw new Misuse('Not a PLAIN message')
  const { authorization, username, password } = message
  if (authorization === '' || authorization === username) return logIn(session, username, password)
  await session.answer('-ERR', 'Logging in for somebody else is not possible', 'AUTH')
  return undefined
}

async function loginMechanism(session: Session, initial: string | undefined): Promise<undefined> {
  const username = initial ?? (await answerTo(session, loginChallenges.username))
  const password = await answerTo(session, loginChallenges.password)
  return logIn(session, textOf(username), textOf(password))
}

const mechanisms: ReadonlyMap<string, typeof plain> = new Map([
  ['PLAIN', plain],
  ['LOGIN', loginMechanism],
])

export const auth: Command = {
  when: 'before-login',
  async run(session, args) {
    session.claimedName = undefined
    // Without a mechanism it is an old way to ask for them.
    if (args === '') {
      await session.lines('Mechanisms', session.loginAllowed ? mechanisms.keys() : [])
      return undefined
    }
    const [name = '', word, ...more] = args.split(' ')
    const mechanism = mechanisms.get(name.toUpperCase())
    if (more.length > 0) throw new Misuse('One initial response only')
    if (mechanism === undefined) throw new Misuse('This mechanism is not supported')
    const initial = word === undefined ? undefined : initialResponseOf(word)
    if (word !== undefined && initial === undefined) throw new Misuse('Base64 expected')
    return (await tooEarly(session)) ? undefined : mechanism(session, initial)
  },
}

export const stls: Command = {
  when: 'before-login',
  async run(session) {
    if (session.secure) throw new Misuse('TLS is on already')
    if (!session.options.starttls) throw new Misuse('TLS is not on offer here')
    await session.answer('+OK', 'Begin TLS negotiation now')
    return 'starttls'
  },
}
