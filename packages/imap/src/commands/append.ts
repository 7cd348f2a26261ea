/**
 * APPEND (RFC 9051 section 6.3.12, APPENDUID of RFC 4315): messages stream from the client into the store. All of one
 * command are kept, or none (MULTIAPPEND, RFC 3502).
 */
import type { Cursor } from '../grammar/cursor.ts'
import { dateTime } from '../grammar/dates.ts'
import { flagList } from '../grammar/flags.ts'
import type { MessageLiteral } from '../grammar/frame.ts'
import { mailboxName } from '../grammar/names.ts'
import { uidSetText } from '../grammar/sequence.ts'
import type { AppendMessage, Flag } from '../mailbox.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { type Command, destinationRefusal, no, ok, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

interface Said {
  readonly flags: readonly Flag[]
  readonly internalDate: number | null
  /** The literal stands in `UTF8 (~{n})` (RFC 6855 section 4). */
  readonly utf8: boolean
}

/** ` (\Seen) "date" ` before the literal, or before its `~`. @throws SyntaxFault, LimitFault */
function saidOf(session: Session, args: Cursor): Said {
  args.space()
  let flags: Flag[] = []
  if (args.peek() === '(') {
    flags = flagList(args)
    args.space()
  }
  const internalDate = args.peek() === '"' ? dateTime(args) : null
  if (internalDate !== null) args.space()
  // The store keeps every header as it came; the client only says that it knows what it sends.
  const utf8 = args.skip('UTF8 (~')
  if (utf8 && !session.utf8) throw new SyntaxFault('Enable UTF8=ACCEPT first')
  if (!utf8) args.skip('~')
  if (!args.atEnd) throw new SyntaxFault('Message literal expected')
  return { flags, internalDate, utf8 }
}

/** Why a message of this size is not taken, whatever it is. */
function refusedSize(session: Session, sizeBytes: number): Reply | undefined {
  if (sizeBytes === 0) return no('The message is empty', 'CANNOT')
  if (sizeBytes <= session.limits.appendBytesMax) return undefined
  session.event({ kind: 'limit', limit: 'appendBytesMax' })
  return no('The message is too large', 'TOOBIG')
}

/** Why not, if that is known before the client sends the first message. */
async function refusedBefore(session: Session, name: string, sizeBytes: number): Promise<Reply | undefined> {
  const size = refusedSize(session, sizeBytes)
  if (size !== undefined) return size
  const found = await session.account.status(name)
  if ('refused' in found) return destinationRefusal(found)
  const { usedBytes, limitBytes } = await session.account.quota()
  if (limitBytes !== null && usedBytes + sizeBytes > limitBytes) return no('There is no room left', 'OVERQUOTA')
  return undefined
}

/** The messages of one command. What ends them early is kept here: a store may throw something else for it. */
class Incoming {
  readonly #session: Session
  readonly #message: MessageLiteral
  readonly #first: Said
  stopped: { readonly by: unknown } | { readonly reply: Reply } | undefined

  constructor(session: Session, message: MessageLiteral, first: Said) {
    this.#session = session
    this.#message = message
    this.#first = first
  }

  async *messages(): AsyncGenerator<AppendMessage> {
    try {
      let said: Said | undefined = this.#first
      for (let count = 1; said !== undefined; count += 1) {
        await this.#message.accept()
        const { utf8, ...options } = said
        yield { source: this.#message.bytes(), options: { ...options, sizeBytes: this.#message.sizeBytes } }
        said = await this.#next(count, utf8)
      }
    } catch (error) {
      this.stopped ??= { by: error }
      throw error
    }
  }

  async #next(count: number, utf8: boolean): Promise<Said | undefined> {
    const tail = await this.#message.tail()
    if (utf8 && tail?.skip(')') !== true) throw new SyntaxFault('The parenthesis is not closed')
    if (tail === undefined || tail.atEnd) return undefined
    const { appendMessagesMax } = this.#session.limits
    if (count >= appendMessagesMax) throw new LimitFault('appendMessagesMax', 'Too many messages at once')
    const said = saidOf(this.#session, tail)
    const reply = refusedSize(this.#session, this.#message.sizeBytes)
    if (reply === undefined) return said
    this.stopped = { reply }
    throw new Error(reply.text)
  }
}

async function appendAll(session: Session, name: string, incoming: Incoming, message: MessageLiteral): Promise<Reply> {
  let result: Awaited<ReturnType<typeof session.account.appendAll>>
  try {
    result = await session.account.appendAll(name, incoming.messages())
  } catch (error) {
    await message.discard()
    if (message.fault !== undefined) return no(message.fault.text, message.fault.code)
    const { stopped } = incoming
    if (stopped === undefined) throw error
    if ('reply' in stopped) return stopped.reply
    throw stopped.by
  }
  await message.discard()
  if ('refused' in result) return destinationRefusal(result)
  return ok('Append completed', `APPENDUID ${result.uidValidity} ${uidSetText(result.uids)}`)
}

export const append: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args, message) {
    args.space()
    const name = mailboxName(args)
    const said = saidOf(session, args)
    if (message === undefined) throw new SyntaxFault('Message literal expected')
    const refused = await refusedBefore(session, name, message.sizeBytes)
    if (refused !== undefined) return refused
    return appendAll(session, name, new Incoming(session, message, said), message)
  },
}
