/** Who is signed in. Signing in and out is by HTTP, because a cookie is set; see docs/reference/api.md. */
import * as v from 'valibot'
import { apiLimits } from './limits.ts'
import { asks } from './method.ts'
import { nothing } from './values.ts'

export const userName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.userLettersMax))
export const password = v.pipe(v.string(), v.minLength(1), v.maxLength(apiLimits.passwordLettersMax))

export const role = v.picklist(['user', 'admin'])

/** Body of `POST /api/v1/session`. `stay`: the browser keeps it when it is closed. */
export const signIn = v.strictObject({ name: userName, password, stay: v.optional(v.boolean(), false) })

export const sessionView = v.object({
  node: v.object({ id: v.string(), name: v.string(), domain: v.string() }),
  version: v.string(),
  /** Nobody lives here yet: the first visitor with the link of the start sets the node up. */
  fresh: v.boolean(),
  /** Null: nobody is signed in. */
  user: v.nullable(v.object({ name: v.string(), address: v.string(), role })),
  /** Whether there is a chat engine for this platform; without it there are mail apps only. */
  chat: v.boolean(),
})
export type SessionView = v.InferOutput<typeof sessionView>
export type SignIn = v.InferInput<typeof signIn>

export const sessionMethods = {
  'session.show': asks('anyone', {
    about: 'The node, and who is signed in.',
    params: nothing,
    result: sessionView,
  }),
}
