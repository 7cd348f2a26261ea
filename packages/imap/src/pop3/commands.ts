/** All commands: RFC 1939 sections 4 to 7, CAPA (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034). */
import { Farewell } from '../session/faults.ts'
import { type Command, Misuse, type Next } from './command.ts'
import { auth, pass, stls, user } from './login.ts'
import type { Drop } from './maildrop.ts'
import { topOf } from './multiline.ts'
import type { Session } from './session.ts'

function numberIn(word: string): number {
  if (!/^\d{1,9}$/.test(word)) throw new Misuse('A message number is needed')
  return Number(word)
}

/** `undefined` after telling the client that there is no such letter, which is no misuse: it may have marked it. */
async function letterNumbered(session: Session, word: string): Promise<Drop | undefined> {
  const drop = session.maildrop.get(numberIn(word))
  if (drop === undefined) await session.answer('-ERR', 'There is no such message, or it is marked as deleted')
  return drop
}

function capabilities(session: Session): string[] {
  const { expireDays, starttls } = session.options
  const words = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING']
  if (session.loginAllowed) words.push('USER', 'SASL PLAIN LOGIN')
  if (starttls && !session.secure && !session.isLoggedIn) words.push('STLS')
  if (expireDays !== undefined) words.push(`EXPIRE ${expireDays ?? 'NEVER'}`)
  return [...words, 'IMPLEMENTATION Posthorn']
}

const capa: Command = {
  when: 'always',
  async run(session) {
    await session.lines('This is what can be done', capabilities(session))
    return undefined
  },
}

const stat: Command = {
  when: 'logged-in',
  async run(session) {
    const { letters, sizeBytes } = session.maildrop.totals()
    await session.answer('+OK', `${letters} ${sizeBytes}`)
    return undefined
  },
}

/** LIST and UIDL: one letter, or all of them. */
function listing(show: (session: Session, drop: Drop) => string): Command {
  function* all(session: Session): Generator<string> {
    for (const drop of session.maildrop.all()) yield `${drop.number} ${show(session, drop)}`
  }
  return {
    when: 'logged-in',
    async run(session, args) {
      if (args === '') {
        await session.lines(`${session.maildrop.totals().letters} messages`, all(session))
        return undefined
      }
      const drop = await letterNumbered(session, args)
      if (drop !== undefined) await session.answer('+OK', `${drop.number} ${show(session, drop)}`)
      return undefined
    },
  }
}

async function tell(
  session: Session,
  drop: Drop,
  part: (letter: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
) {
  const letter = await session.maildrop.read(drop)
  if (letter === undefined) return session.answer('-ERR', 'Another program has removed this message meanwhile')
  return session.letter(`${drop.sizeBytes} octets`, part(letter))
}

const retr: Command = {
  when: 'logged-in',
  async run(session, args) {
    const drop = await letterNumbered(session, args)
    if (drop === undefined) return undefined
    await tell(session, drop, letter => letter)
    session.maildrop.fetched(drop)
    return undefined
  },
}

const top: Command = {
  when: 'logged-in',
  async run(session, args) {
    const [word = '', lines = '', ...more] = args.split(' ')
    if (more.length > 0 || !/^\d{1,9}$/.test(lines))
      throw new Misuse('TOP needs a message number and a number of lines')
    const drop = await letterNumbered(session, word)
    if (drop !== undefined) await tell(session, drop, letter => topOf(letter, Number(lines)))
    return undefined
  },
}

const dele: Command = {
  when: 'logged-in',
  async run(session, args) {
    const drop = await letterNumbered(session, args)
    if (drop === undefined) return undefined
    session.maildrop.mark(drop)
    await session.answer('+OK', `Message ${drop.number} goes with QUIT`)
    return undefined
  },
}

const rset: Command = {
  when: 'logged-in',
  async run(session) {
    session.maildrop.unmarkAll()
    await session.answer('+OK', 'Nothing is marked as deleted now')
    return undefined
  },
}

const noop: Command = {
  when: 'logged-in',
  async run(session) {
    await session.answer('+OK', 'Here')
    return undefined
  },
}

/** RFC 1939 section 6: the UPDATE state. What could not be removed stays, and the client is told. */
const quit: Command = {
  when: 'always',
  async run(session) {
    if (!session.isLoggedIn) {
      await session.answer('+OK', 'Goodbye')
      return 'close'
    }
    let letters: number
    try {
      letters = await session.maildrop.update()
    } catch (error) {
      session.event({ kind: 'error', error })
      throw new Farewell('The messages could not be removed; they are still there', undefined)
    }
    if (letters > 0) session.event({ kind: 'removed', address: session.address, letters })
    await session.answer('+OK', letters === 0 ? 'Goodbye' : `Removed for good: ${letters}. Goodbye`)
    return 'close'
  },
}

const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    CAPA: capa,
    USER: user,
    PASS: pass,
    AUTH: auth,
    STLS: stls,
    STAT: stat,
    LIST: listing((_session, drop) => String(drop.sizeBytes)),
    UIDL: listing((session, drop) => session.maildrop.uidl(drop)),
    RETR: retr,
    TOP: top,
    DELE: dele,
    RSET: rset,
    NOOP: noop,
    QUIT: quit,
  }),
)

/**
 * Runs one line and answers it.
 *
 * @throws Farewell, SessionEnded, StreamBroken, AssertionError when the connection must end; Misuse for what is no
 *   command here, unanswered.
 */
export async function execute(session: Session, line: string): Promise<Next> {
  const [, word = '', args = ''] = /^([A-Za-z0-9]+)(?: (.*))?$/s.exec(line) ?? []
  const name = word.toUpperCase()
  const command = commands.get(name)
  if (command === undefined) throw new Misuse('Unknown command')
  if (name !== 'PASS' && name !== 'AUTH') {
    // Nothing that comes between may stand for the person who was named.
    session.claimedName = undefined
    if (args.includes('\0')) throw new Misuse('NUL is not allowed')
  }
  if (command.when === 'before-login' && session.isLoggedIn) throw new Misuse('Already logged in')
  if (command.when === 'logged-in' && !session.isLoggedIn) throw new Misuse('Log in first')
  return command.run(session, name === 'PASS' ? args : args.trim())
}
