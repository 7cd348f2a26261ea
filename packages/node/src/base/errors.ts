/**
 * Operating errors: what can go wrong although the program is right.
 *
 * `retry` tells a queue what to do: `later` keeps the work for another time, `never` sets it aside with its reason.
 * Expected answers (unknown user, wrong password) are values, not errors; broken invariants are assertions.
 */
export interface OperatingErrorOptions {
  /** Stable and short, for scripts: `disk-full`, `home-locked`. */
  readonly code: string
  readonly retry: 'later' | 'never'
  /** Facts for the log. Never a secret. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class OperatingError extends Error {
  readonly code: string
  readonly retry: 'later' | 'never'
  readonly fields: Readonly<Record<string, unknown>>

  /** @param message for people: what happened, what it means and what to do. */
  constructor(message: string, options: OperatingErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OperatingError'
    this.code = options.code
    this.retry = options.retry
    this.fields = options.fields ?? {}
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** The `code` that Node puts on errors of the operating system, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** One line for people or the log out of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
