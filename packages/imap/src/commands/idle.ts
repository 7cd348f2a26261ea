/** IDLE (RFC 2177, in RFC 9051 section 6.3.13): the client hears of changes at once. */
import { Bell } from '../session/bell.ts'
import { AssertionError, SyntaxFault } from '../session/faults.ts'
import { type Command, ok } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

/** A store in trouble is reported; the client hears of the change with the next hint or command. */
async function tellNews(session: Session): Promise<void> {
  if (session.notices.active) return session.notices.tell(true)
  if (session.state !== 'selected') return
  try {
    await session.view.refresh()
  } catch (error) {
    if (error instanceof AssertionError) throw error
    session.event({ kind: 'error', error })
    return
  }
  await session.report(true)
  await session.responder.sent()
}

/** Tells the news until the line is there. */
async function untilLine(session: Session, bell: Bell, line: Promise<string>): Promise<string> {
  const lineWord = line.then(text => ({ text }))
  for (;;) {
    const news = bell.heard().then(() => undefined)
    const first = await Promise.race([lineWord, news])
    if (first !== undefined) return first.text
    await tellNews(session)
  }
}

export const idle: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.end()
    const bell = session.notices.active ? session.notices.bell : new Bell()
    const view = session.state === 'selected' ? session.view : undefined
    view?.watch(() => bell.ring())
    try {
      await session.responder.goAhead('idling')
      // The line is awaited from here on, whatever the store does meanwhile.
      const line = session.input.line(session.limits.lineBeforeLoginBytesMax)
      line.catch(() => bell.ring())
      if (view?.folder.name === 'INBOX' && session.isDeltaChat) {
        await session.releaseHeld()
        await session.seenByChat()
      }
      // What came between the last command and this one rings no bell.
      await tellNews(session)
      const word = await untilLine(session, bell, line)
      if (word.trim().toUpperCase() !== 'DONE') throw new SyntaxFault('DONE expected')
      return ok('Idle completed')
    } finally {
      view?.watch(undefined)
    }
  },
}
