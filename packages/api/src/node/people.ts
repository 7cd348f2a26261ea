/** Who lives on this node, and the invites by which people come to. For who looks after it. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { password, role, userName } from '../session.ts'
import { count, isoTime, nothing } from '../values.ts'

/** `none`: no limit; `default`: what posthorn.toml says for all. */
const limit = v.union([v.picklist(['none', 'default']), v.pipe(v.number(), v.safeInteger(), v.minValue(1))])
const person = v.strictObject({ name: userName })

export const personView = v.object({
  name: v.string(),
  address: v.string(),
  role,
  createdAt: isoTime,
  /** By logging in or by an invite; nobody typed them. */
  selfMade: v.boolean(),
  mailBytes: count,
  /** null: no limit. */
  quotaBytes: v.nullable(count),
  quotaMessages: v.nullable(count),
  /** Days after which chat messages leave the mailbox; null: never. */
  chatDays: v.nullable(count),
  aliases: v.array(v.string()),
})
export type PersonView = v.InferOutput<typeof personView>

export const serverView = v.object({
  host: v.string(),
  port: count,
  security: v.picklist(['plain', 'starttls', 'tls']),
})

/** How an app logs in; `password` is shown this once. */
export const loginView = v.object({
  address: v.string(),
  password: v.string(),
  /** Logs Delta Chat in, as link or QR code. */
  dclogin: v.string(),
  imap: serverView,
  smtp: serverView,
  pop3: serverView,
})
export type LoginView = v.InferOutput<typeof loginView>

export const invitedView = v.object({
  id: v.string(),
  /** The name that who comes will have; null: they choose. */
  name: v.nullable(v.string()),
  quotaBytes: v.nullable(count),
  uses: count,
  usesMax: count,
  madeAt: isoTime,
  /** Of the node's own calendar, in which a wrong clock counts for a day; 0: today is the last. */
  daysLeft: count,
})
export type InvitedView = v.InferOutput<typeof invitedView>

export const nodePeopleMethods = {
  'people.list': asks('admin', { about: 'Who lives here, by name.', params: nothing, result: v.array(personView) }),
  'people.add': does('admin', {
    about: 'Makes an account; without a password one is invented, and shown this once.',
    params: v.strictObject({ name: userName, password: v.optional(password) }),
    result: loginView,
  }),
  'people.remove': does('admin', {
    about: 'Takes an account away; the mail is kept on this node for who looks after it, or deleted.',
    params: v.strictObject({ name: userName, mail: v.optional(v.picklist(['keep', 'delete']), 'keep') }),
    result: v.object({
      name: v.string(),
      /** Whether the mail lies here still, in the node’s home below mail/.removed. */
      mailKept: v.boolean(),
      /** Aliases that led to them. */
      aliases: v.array(v.string()),
    }),
  }),
  'people.password': does('admin', {
    about:
      'A new password for somebody who forgot theirs, invented and shown this once. Their browsers are signed out; ' +
      'app passwords and tokens stay, until their owner or the command line takes them back.',
    params: person,
    result: loginView,
  }),
  'people.quota': does('admin', {
    about: 'How much mail somebody may have here; what is not named stays.',
    params: v.strictObject({ name: userName, bytes: v.optional(limit), messages: v.optional(limit) }),
    result: personView,
  }),
  'people.retention': does('admin', {
    about: 'After how many days somebody’s chat messages leave the mailbox.',
    params: v.strictObject({ name: userName, days: limit }),
    result: personView,
  }),
  'people.admin': does('admin', {
    about: 'Lets somebody look after this node too, or not any more; never the last one.',
    params: v.strictObject({ name: userName, admin: v.boolean() }),
    result: personView,
  }),
  'people.invite': does('admin', {
    about: 'Makes a link by which somebody makes an account here in a browser. The link is shown this once.',
    params: v.strictObject({
      name: v.optional(userName),
      quotaBytes: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
      days: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(apiLimits.inviteDaysMax)), 7),
      uses: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(apiLimits.inviteUsesMax)), 1),
    }),
    result: v.object({
      invite: invitedView,
      secret: v.string(),
      /** Addresses of the join page, for each place that the web chat is reached at; the best for a phone first. */
      links: v.array(v.string()),
    }),
  }),
  'people.invites': asks('admin', {
    about: 'Invites that can still be used, the oldest first.',
    params: nothing,
    result: v.array(invitedView),
  }),
  'people.uninvite': does('admin', {
    about: 'Takes an invite back; who came by it stays.',
    params: v.strictObject({ id: v.pipe(v.string(), v.maxLength(64)) }),
    result: nothing,
  }),
}

/** What an invite looks like: 128 bits. */
export const inviteSecret = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/, 'must be the secret of an invite'))

/** Body of `POST /api/v1/join`. `name` may be left out where the invite holds one. */
export const join = v.strictObject({ secret: inviteSecret, name: v.optional(userName), password })
export type Join = v.InferInput<typeof join>

/** Body of `POST /api/v1/join/look`, and its answer: whether an invite is good, before somebody types. */
export const joinLook = v.strictObject({ secret: inviteSecret })
export const joinLookView = v.object({ name: v.nullable(v.string()) })
export type JoinLookView = v.InferOutput<typeof joinLookView>
