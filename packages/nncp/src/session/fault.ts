import { FormatError } from '../errors.ts'
import type { SessionCloseCode } from './types.ts'

/** The other side broke the protocol or a limit. Never leaves the machine: it becomes its event `closed`. */
export class SessionFault extends Error {
  override readonly name = 'SessionFault'
  readonly code: SessionCloseCode

  constructor(code: SessionCloseCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Code and reason of what the other side did; rethrows what is our own fault. */
export function faultOf(error: unknown): { code: SessionCloseCode; reason: string } {
  if (error instanceof SessionFault || error instanceof FormatError) return { code: error.code, reason: error.message }
  throw error
}
