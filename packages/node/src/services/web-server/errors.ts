/** What becomes of errors at this edge: words and a code for whoever called, a status for HTTP, a line in the log. */
import type { ApiError } from '@posthorn/api'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'

/** Of those that the web server itself gives; all others by whether they may be tried again. */
const statuses: Readonly<Record<string, number>> = {
  'bad-params': 400,
  'bad-request': 400,
  'wrong-credentials': 401,
  'signed-out': 401,
  'admins-only': 403,
  'other-origin': 403,
  'unknown-method': 404,
  'not-found': 404,
  'wrong-way': 405,
  changed: 412,
  'too-large': 413,
  'wrong-type': 415,
  'bad-range': 416,
  'wrong-host': 421,
  'too-many-calls': 429,
  'too-many-guesses': 429,
  cancelled: 499,
  internal: 500,
  'not-here': 501,
  'disk-full': 507,
}

/** Codes whose own words are for who looks after the machine. */
const plainWords: Readonly<Record<string, string>> = {
  'disk-failed': 'The disk of the node does not work. Tell who looks after it; nothing was changed.',
  'database-busy': 'The database of the node is busy. Try again in a moment.',
  'database-damaged': 'The node is repairing its database. Try again in a minute.',
}

export function refusal(code: string, message: string, retry: 'later' | 'never' = 'never'): OperatingError {
  return new OperatingError(message, { code, retry })
}

/** @param about for the log. */
export function apiErrorOf(error: unknown, log: Log, about: Readonly<Record<string, unknown>>): ApiError {
  if (isAbort(error)) return { code: 'cancelled', message: 'This was cancelled.', retry: 'later' }
  if (error instanceof OperatingError) {
    const { code, retry, message } = error
    const words = plainWords[code]
    if (words !== undefined) log.warn('a call from the web failed', { ...about, code, reason: message })
    return { code, message: words ?? message, retry }
  }
  log.error('unexpected fault in a call from the web', {
    ...about,
    ...{ reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
  })
  const message = 'Something in the node went wrong. It was written to its log; other things go on.'
  return { code: 'internal', message, retry: 'later' }
}

export function statusOf({ code, retry }: ApiError): number {
  return statuses[code] ?? (retry === 'later' ? 503 : 422)
}
