/** What a method is: its parameters, its answer, and who may call it. */
import type * as v from 'valibot'

/**
 * - `anyone`: also who is not signed in;
 * - `user`: somebody who is signed in, of their own account only;
 * - `admin`: who looks after the node.
 */
export type Role = 'anyone' | 'user' | 'admin'

type Schema = v.GenericSchema

export interface Method<Params extends Schema = Schema, Result extends Schema = Schema, Who extends Role = Role> {
  readonly role: Who
  /** One sentence, for the reference. */
  readonly about: string
  readonly params: Params
  readonly result: Result
  /**
   * It changes something outside of the answer: never repeated by itself, and by HTTP only with POST.
   * Without it a call may be repeated after a lost connection.
   */
  readonly changes: boolean
}

interface Parts<Params extends Schema, Result extends Schema> {
  readonly about: string
  readonly params: Params
  readonly result: Result
}

/** A method that reads. */
export function asks<Who extends Role, Params extends Schema, Result extends Schema>(
  role: Who,
  parts: Parts<Params, Result>,
): Method<Params, Result, Who> {
  return { role, ...parts, changes: false }
}

/** A method that changes something. */
export function does<Who extends Role, Params extends Schema, Result extends Schema>(
  role: Who,
  parts: Parts<Params, Result>,
): Method<Params, Result, Who> {
  return { role, ...parts, changes: true }
}
