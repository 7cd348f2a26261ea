/** How a command or a connection ends when it does not end well. Texts never repeat what the client sent. */
import type { ImapLimits } from '../limits.ts'

/** The client's bytes are not a command: tagged BAD. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault'
}

/** The command asks for more than a limit allows: tagged NO [LIMIT]. */
export class LimitFault extends Error {
  override readonly name = 'LimitFault'
  readonly limit: keyof ImapLimits

  constructor(limit: keyof ImapLimits, text: string) {
    super(text)
    this.limit = limit
  }
}

/** What was asked for cannot be had: tagged NO with this response code. */
export class RefusedFault extends Error {
  override readonly name = 'RefusedFault'
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

/** The server takes its leave: BYE with this text, then the end. */
export class Farewell extends Error {
  override readonly name = 'Farewell'
  readonly limit: keyof ImapLimits | undefined

  constructor(text: string, limit?: keyof ImapLimits) {
    super(text)
    this.limit = limit
  }
}

/** The host ended the connection: nobody waits for an answer any more. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
}

/** A literal was announced and cannot be completed: the connection ends without another word. */
export class StreamBroken extends Error {
  override readonly name = 'StreamBroken'
}

/** A broken invariant: a fault of this program or of the store. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
