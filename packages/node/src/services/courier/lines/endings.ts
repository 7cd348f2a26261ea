/** What ended a conversation, in words. */
import type { SessionEvent } from '@posthorn/nncp'
import { messageOf, OperatingError } from '../../../base/errors.ts'

export function operatingError(error: unknown): OperatingError {
  if (error instanceof OperatingError) return error
  return new OperatingError(messageOf(error), { code: 'call-failed', retry: 'later', cause: error })
}

export function notWelcome(remote: string): OperatingError {
  return new OperatingError(
    `${remote} closed the line without a word. It may not know this node yet, or be another program: exchange cards.`,
    { code: 'not-welcome', retry: 'later' },
  )
}

export function cutShort(): OperatingError {
  return new OperatingError(
    'The line ended in the middle. What has arrived is kept; the rest goes with the next call.',
    {
      code: 'line-broken',
      retry: 'later',
    },
  )
}

export function sessionClosed({ code, reason }: Extract<SessionEvent, { kind: 'closed' }>): OperatingError {
  const silent = code === 'silence' || code === 'handshake-timeout'
  return new OperatingError(`The line was given up: ${reason}.`, {
    code: silent ? 'line-silent' : 'session-failed',
    retry: 'later',
    fields: { sessionCode: code },
  })
}
