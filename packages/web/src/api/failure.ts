import type { ApiError } from '@posthorn/api'
import { say } from './words.ts'

/** A call that did not work. `message` is for people: what happened, what it means, what to do. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly code: string
  /** Whether the same call may work later. */
  readonly retry: 'later' | 'never'

  constructor({ code, message, retry }: ApiError) {
    super(message)
    this.code = code
    this.retry = retry
  }
}

export type LocalFailure = 'offline' | 'lost' | 'answer' | 'signed-out' | 'cancelled' | 'network'

/** What goes wrong on this side. */
export function localFailure(code: LocalFailure): ApiFailure {
  return new ApiFailure({ code, message: say(code), retry: code === 'answer' ? 'never' : 'later' })
}

/** What to tell people about anything that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof ApiFailure ? error.message : say('unexpected')
}

/** Was it given up on purpose? Then nothing is to be told. */
export function isCancelled(error: unknown): boolean {
  return error instanceof ApiFailure && error.code === 'cancelled'
}
