/** THREAD (RFC 5256): ORDEREDSUBJECT and REFERENCES. */
import { knowsCharset, searchProgram } from '../grammar/search-keys.ts'
import type { SummaryField } from '../message/summary.ts'
import { matching } from '../search/matching.ts'
import { summariesOf } from '../search/summaries.ts'
import { orderedSubject } from '../search/threads/ordered-subject.ts'
import { referenceThreads } from '../search/threads/references.ts'
import type { Threadable } from '../search/threads/thread.ts'
import { threadsText } from '../search/threads/thread-text.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, ok } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { badCharset } from './search.ts'

type Algorithm = 'ORDEREDSUBJECT' | 'REFERENCES'

const needed: Readonly<Record<Algorithm, readonly SummaryField[]>> = {
  ORDEREDSUBJECT: ['sentAt', 'subject'],
  REFERENCES: ['sentAt', 'subject', 'isReply', 'messageId', 'references'],
}

async function threadables(
  session: Session,
  byUid: boolean,
  indexes: readonly number[],
  algorithm: Algorithm,
): Promise<Threadable[]> {
  const { view } = session
  const summaries = await summariesOf(session, indexes, needed[algorithm])
  const messages: Threadable[] = []
  for (const index of indexes) {
    const { uid, internalDate } = view.row(index)
    messages.push({
      number: byUid ? uid : index + 1,
      order: index,
      sentAt: summaries.of('sentAt', uid) ?? internalDate,
      subject: summaries.of('subject', uid) ?? '',
      isReply: summaries.of('isReply', uid) === 1,
      messageId: summaries.of('messageId', uid) ?? '',
      references: summaries.of('references', uid) ?? '',
    })
    if (messages.length % 4096 === 0) await session.breathe()
  }
  return messages
}

export function threadCommand(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    async run(session, args) {
      args.space()
      const algorithm = args.word('Threading algorithm')
      if (algorithm !== 'ORDEREDSUBJECT' && algorithm !== 'REFERENCES') throw new SyntaxFault('Unknown algorithm')
      args.space()
      const known = knowsCharset(args.astring('Charset'))
      args.space()
      const program = searchProgram(args)
      if (!known) return badCharset
      const { indexes } = await matching(session, program)
      const messages = await threadables(session, byUid, indexes, algorithm)
      const breathe = () => session.breathe()
      const threads =
        algorithm === 'REFERENCES' ? referenceThreads(messages, breathe) : orderedSubject(messages, breathe)
      const text = await threadsText(await threads, breathe)
      session.responder.untagged(text === '' ? 'THREAD' : `THREAD ${text}`)
      return ok('Thread completed')
    },
  }
}
