/** What a command is. */
import type { Session } from './session.ts'

/** What follows once the answer is on its way. */
export type Next = 'close' | 'starttls' | undefined

/** The client's line is not a command that can be run: `-ERR`, and counted against it. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
}

export interface Command {
  readonly when: 'always' | 'before-login' | 'logged-in'
  /** Answers. `args` is all that stands behind the first space. @throws Misuse */
  run(session: Session, args: string): Promise<Next>
}
