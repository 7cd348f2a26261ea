/** Who is signed in. Signing in and out is by HTTP, because a cookie is set; see docs/reference/api.md. */
import * as v from 'valibot'
import { apiLimits } from './limits.ts'
import { asks, does } from './method.ts'
import { isoTime, nothing } from './values.ts'

export const userName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.userLettersMax))
export const password = v.pipe(v.string(), v.minLength(1), v.maxLength(apiLimits.passwordLettersMax))

/** A part of everybody's address, so it is chosen while nobody lives here yet. */
export const nodeName = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 of a-z, 0-9 and -'),
)

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
/**
 * Body of `POST /api/v1/set-up`: makes the first person of a node, who looks after it, and signs them in. `secret`
 * stands in the link that the node printed when it started; it is good once.
 */
export const setUp = v.strictObject({
  secret: v.pipe(v.string(), v.maxLength(64)),
  name: userName,
  password,
  stay: v.optional(v.boolean(), false),
  /** A name for the node, in the place of the one that it was made with: nobody has an address with that yet. */
  node: v.optional(nodeName),
  /** Opens the node to the local network, or not; without it that stays as it is. */
  lan: v.optional(v.boolean()),
})

/** What setting up answers: who is signed in, and whether the node begins anew first: some seconds without it. */
export const setUpAnswer = v.object({ restarts: v.boolean() })

export type SessionView = v.InferOutput<typeof sessionView>
export type SignIn = v.InferInput<typeof signIn>
export type SetUp = v.InferInput<typeof setUp>

const doorId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,32}$/, 'must be the id of a session or token'))
const label = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64), v.regex(/^\P{Cc}*$/u, 'must be plain text'))

/** A browser that is signed in. */
const signedIn = v.object({
  id: doorId,
  /** What it says of itself, in short, as `Firefox on Android`. */
  label: v.string(),
  madeAt: isoTime,
  /** Within an hour. */
  usedAt: isoTime,
  /** The one that asks. */
  current: v.boolean(),
})

const tokenView = v.object({
  id: doorId,
  label: v.string(),
  /** `admin`: it may do what its owner may as admin; others only what every user may. */
  role,
  madeAt: isoTime,
  /** Within an hour; null: never. */
  usedAt: v.nullable(isoTime),
})

export type SignedIn = v.InferOutput<typeof signedIn>
export type TokenView = v.InferOutput<typeof tokenView>

export const sessionMethods = {
  'session.show': asks('anyone', {
    about: 'The node, and who is signed in.',
    params: nothing,
    result: sessionView,
  }),
  'sessions.list': asks('user', {
    about: 'Where one is signed in, the latest used first.',
    params: nothing,
    result: v.array(signedIn),
  }),
  'sessions.end': does('user', {
    about: 'Signs a browser of one’s own out; without an id all but the one that asks.',
    params: v.strictObject({ id: v.optional(doorId) }),
    result: v.object({ ended: v.pipe(v.number(), v.integer()) }),
  }),
  'tokens.list': asks('user', {
    about: 'The tokens that one’s scripts use, by label.',
    params: nothing,
    result: v.array(tokenView),
  }),
  'tokens.add': does('user', {
    about: 'Makes a token for a script; it is shown this once. Only who is admin makes one for `admin`.',
    params: v.strictObject({ label, role: v.optional(role, 'user') }),
    result: v.object({ id: doorId, token: v.string() }),
  }),
  'tokens.remove': does('user', {
    about: 'Takes a token back; what uses it is sent away.',
    params: v.strictObject({ id: doorId }),
    result: nothing,
  }),
}
