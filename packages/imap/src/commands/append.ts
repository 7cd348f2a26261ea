/** APPEND (RFC 9051 section 6.3.12, APPENDUID of RFC 4315): a message streams from the client into the store. */
import { dateTime } from '../grammar/dates.ts'
import { flagList } from '../grammar/flags.ts'
import { mailboxName } from '../grammar/names.ts'
import type { Flag, Refusal } from '../mailbox.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, destinationRefusal, no, ok, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

/** Why not, if that is known before the client sends the message. */
async function refusedBefore(session: Session, name: string, sizeBytes: number): Promise<Reply | undefined> {
  if (sizeBytes > session.limits.appendBytesMax) {
    session.event({ kind: 'limit', limit: 'appendBytesMax' })
    return no('The message is too large', 'TOOBIG')
  }
  if (sizeBytes === 0) return no('The message is empty', 'CANNOT')
  const found = await session.account.status(name)
  if ('refused' in found) return destinationRefusal(found)
  const { usedBytes, limitBytes } = await session.account.quota()
  if (limitBytes !== null && usedBytes + sizeBytes > limitBytes) return no('There is no room left', 'OVERQUOTA')
  return undefined
}

export const append: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args, message) {
    args.space()
    const name = mailboxName(args)
    args.space()
    let flags: Flag[] = []
    if (args.peek() === '(') {
      flags = flagList(args)
      args.space()
    }
    const internalDate = args.peek() === '"' ? dateTime(args) : null
    if (internalDate !== null) args.space()
    // RFC 6855 section 4. The store keeps every header as it came; the client only says that it knows what it sends.
    const utf8 = args.skip('UTF8 (~')
    if (utf8 && message !== undefined) message.closing = ')'
    if (utf8 && !session.utf8) throw new SyntaxFault('Enable UTF8=ACCEPT first')
    if (message === undefined || !args.atEnd) throw new SyntaxFault('Message literal expected')
    const refused = await refusedBefore(session, name, message.sizeBytes)
    if (refused !== undefined) return refused
    await message.accept()
    let result: { uidValidity: number; uid: number } | Refusal
    try {
      const options = { flags, internalDate, sizeBytes: message.sizeBytes }
      result = await session.account.append(name, message.bytes(), options)
    } catch (error) {
      await message.discard()
      if (message.fault !== undefined) return no(message.fault, 'CANNOT')
      throw error
    }
    await message.discard()
    if ('refused' in result) return destinationRefusal(result)
    return ok('Append completed', `APPENDUID ${result.uidValidity} ${result.uid}`)
  },
}
