/** Commands about the connection itself: CAPABILITY, NOOP, LOGOUT, ID, NAMESPACE. */
import { textOf } from '../grammar/bytes.ts'
import type { Cursor } from '../grammar/cursor.ts'
import { humanText, quoted } from '../respond/quote.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok } from '../session/reply.ts'

export const capability: Command = {
  when: 'always',
  news: 'all',
  async run(session, args) {
    args.end()
    if (session.state === 'not-authenticated') session.looksFirst = true
    session.responder.untagged(`CAPABILITY ${session.capabilities()}`)
    return ok('Capability completed')
  },
}

/** NOOP and CHECK: nothing, and the moment to hear what is new. */
export function nothing(when: Command['when'], text: string): Command {
  return {
    when,
    news: 'all',
    async run(_session, args) {
      args.end()
      return ok(text)
    },
  }
}

export const logout: Command = {
  when: 'always',
  news: 'none',
  async run(session, args) {
    args.end()
    session.responder.status('*', 'BYE', undefined, 'Logging out')
    return { status: 'OK', text: 'Logout completed', next: 'close' }
  },
}

/** The value of `name` among the pairs of ID, or undefined. */
function idName(args: Cursor): string | undefined {
  if (args.peek() !== '(') {
    if (args.nstring('Parameters of ID') !== null) throw new SyntaxFault('Parameters of ID expected')
    return undefined
  }
  const values = args.list(() => args.nstring('Parameter of ID'))
  // RFC 2971 section 3.3: at most 30 pairs.
  if (values.length > 60) throw new LimitFault('commandBytesMax', 'Too many parameters of ID')
  const at = values.findIndex((value, index) => index % 2 === 0 && value?.toLowerCase() === 'name')
  const name = at === -1 ? undefined : values[at + 1]
  return name === undefined || name === null ? undefined : textOf(name).slice(0, 1024)
}

/** RFC 2971. The name decides when held mail is let in; see mailbox.ts. */
export const id: Command = {
  when: 'always',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = idName(args)
    args.end()
    const before = session.capabilities()
    // Delta Chat always names itself.
    session.clientName = name ?? ''
    session.responder.untagged(`ID ("name" ${quoted(humanText(session.options.serverName))})`)
    const capabilities = session.capabilities()
    // Who says it is no Delta Chat learns what else there is.
    return capabilities === before ? ok('ID completed') : ok('ID completed', `CAPABILITY ${capabilities}`)
  },
}

/** RFC 4978. */
export const compress: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const mechanism = args.word('Mechanism')
    args.end()
    if (session.compressed) return no('Compression is on already', 'COMPRESSIONACTIVE')
    if (mechanism !== 'DEFLATE' || !session.mayCompress) return no('This compression is not on offer', 'CANNOT')
    session.compressed = true
    return { status: 'OK', text: 'Compression begins now', next: 'compress' }
  },
}

/** RFC 2342: one personal namespace. */
export const namespace: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.end()
    session.responder.untagged('NAMESPACE (("" "/")) NIL NIL')
    return ok('Namespace completed')
  },
}
