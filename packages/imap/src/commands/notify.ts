/** NOTIFY (RFC 5465): what the client wants to hear of, whether or not a command runs. */
import { notifyEvents, notifyRequest } from '../grammar/notify.ts'
import { type Command, no, ok } from '../session/reply.ts'

export const notify: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    const request = notifyRequest(args)
    if (request?.unknown) return no('This event is not known here', `BADEVENT (${notifyEvents.join(' ')})`)
    const done = await session.notices.set(request?.groups, request?.status ?? false)
    return done ? ok('Notify completed') : no('There are too many folders', 'NOTIFICATIONOVERFLOW')
  },
}
