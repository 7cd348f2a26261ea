/** The tagged answer of a command, and how refusals of a store become one (response codes of RFC 9051 section 7.1). */
import type { Cursor } from '../grammar/cursor.ts'
import type { MessageLiteral } from '../grammar/frame.ts'
import type { Refusal } from '../mailbox.ts'
import type { Session } from './session.ts'

export interface Reply {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code?: string
  readonly text: string
  /** What follows once the answer is on its way. */
  readonly next?: 'close' | 'starttls' | 'compress'
}

export interface Command {
  readonly when: 'always' | 'before-login' | 'logged-in' | 'selected'
  /** What may be told of the selected folder before the tagged answer (RFC 9051 section 7.5.1). */
  readonly news: 'all' | 'no-expunge' | 'none'
  /** @throws SyntaxFault, LimitFault; Farewell, StreamBroken and SessionEnded end the connection. */
  run(session: Session, args: Cursor, message: MessageLiteral | undefined): Promise<Reply>
}

export function ok(text: string, code?: string): Reply {
  return code === undefined ? { status: 'OK', text } : { status: 'OK', code, text }
}

export function no(text: string, code?: string): Reply {
  return code === undefined ? { status: 'NO', text } : { status: 'NO', code, text }
}

const refusalCodes: Readonly<Record<Refusal['refused'], string>> = {
  nonexistent: 'NONEXISTENT',
  'already-exists': 'ALREADYEXISTS',
  'has-children': 'HASCHILDREN',
  'not-allowed': 'CANNOT',
  'over-quota': 'OVERQUOTA',
  limit: 'LIMIT',
}

export function refusal(reason: Refusal): Reply {
  return no(reason.text, refusalCodes[reason.refused])
}

/** As `refusal`, for a destination that the client may create first. */
export function destinationRefusal(reason: Refusal): Reply {
  return no(reason.text, reason.refused === 'nonexistent' ? 'TRYCREATE' : refusalCodes[reason.refused])
}

/** Some messages that the client still counts are gone: what was left was done. */
export function doneOrGone(complete: boolean, text: string): Reply {
  return complete ? ok(text) : no('Some of the messages are no longer there', 'EXPUNGEISSUED')
}
