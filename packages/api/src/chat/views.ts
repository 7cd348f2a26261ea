/** What is shown of chats: the shapes that the methods of this area answer with. */
import * as v from 'valibot'
import { color, count, filePath, id, link, seconds, text, time } from '../values.ts'

export const chatKind = v.picklist(['single', 'group', 'channel-in', 'channel-out', 'mailing-list'])

/** What is known of a message of one's own; never more. */
export const sendState = v.picklist([
  /** In the queue of the engine: the node has not taken it yet. */
  'sending',
  /** The node has it, safely. Where it is from then on its journey tells. */
  'sent',
  'failed',
  /** Its reader said so. */
  'read',
])

export const avatar = v.object({ path: v.nullable(filePath), color, initials: v.string() })

export const contactView = v.object({
  id,
  /** As one's address book calls them, else as they call themselves, else the address. */
  name: v.string(),
  /** As they call themselves. */
  ownName: v.string(),
  address: v.string(),
  status: v.string(),
  avatar,
  /** Proven by an invite link or QR code. */
  verified: v.boolean(),
  /** Whether messages to them can be sealed, that is: sent. */
  reachable: v.boolean(),
  blocked: v.boolean(),
  bot: v.boolean(),
  lastSeen: v.nullable(time),
})

/** What a chat is, in the list and opened. */
const chatFacts = {
  id,
  kind: chatKind,
  name: v.string(),
  avatar,
  /** Notes to oneself. */
  self: v.boolean(),
  /** Notes of the engine for this device. */
  device: v.boolean(),
  /** Somebody unknown wrote: to be accepted or blocked. */
  request: v.boolean(),
  verified: v.boolean(),
  pinned: v.boolean(),
  archived: v.boolean(),
  unread: count,
}

/** A row of the chat list. */
export const chatRow = v.object({
  ...chatFacts,
  muted: v.boolean(),
  at: v.nullable(time),
  /** The last message: who, empty when it need not be said, and what. `state` of one's own message. */
  last: v.object({
    id: v.nullable(id),
    who: v.string(),
    what: v.string(),
    draft: v.boolean(),
    state: v.nullable(sendState),
  }),
})

export const chatView = v.object({
  ...chatFacts,
  /** Until when; null: not muted; 'always'. */
  mutedUntil: v.nullable(v.union([time, v.literal('always')])),
  encrypted: v.boolean(),
  description: v.string(),
  /** Of a single chat: the one other. Of groups: who is in it, oneself with `self` in `me`. */
  members: v.array(id),
  /** One's own contact id is 1; whether one is in the group. */
  member: v.boolean(),
  canSend: v.boolean(),
  /** Why nothing can be written here, for people; empty when it can. */
  cannotSendWhy: v.string(),
  /** After which messages disappear; 0: never. */
  disappearSeconds: seconds,
})

export const fileView = v.object({
  /** As its sender calls it: shown, never trusted. */
  name: v.string(),
  mime: v.string(),
  sizeBytes: count,
  /** Null while it is still on its way. */
  path: v.nullable(filePath),
  /** Pixels; null where they are not known. */
  width: v.nullable(count),
  height: v.nullable(count),
  durationMs: v.nullable(count),
})

export const messageKind = v.picklist([
  'text',
  'image',
  'gif',
  'sticker',
  'audio',
  'voice',
  'video',
  'file',
  'vcard',
  'app',
  'call',
])

export const quoteView = v.object({
  /** Null when it is not in this chat any more. */
  message: v.nullable(id),
  from: v.string(),
  color: v.nullable(color),
  text: v.string(),
  kind: messageKind,
  image: v.nullable(filePath),
})

export const messageView = v.object({
  id,
  chat: id,
  kind: messageKind,
  text,
  /** A notice of the chat ("Ann was added"), by nobody. */
  info: v.boolean(),
  from: v.object({ id, name: v.string(), color, avatar }),
  mine: v.boolean(),
  /** By its sender's clock. */
  sentAt: time,
  /** When it came here, by this node's clock; of one's own: when it was written. */
  receivedAt: time,
  /** Where the list shows it. */
  sortedAt: time,
  /** Of one's own; null for others'. */
  state: v.nullable(sendState),
  /** Why it failed, for people; empty when it did not. */
  error: v.string(),
  unread: v.boolean(),
  edited: v.boolean(),
  forwarded: v.boolean(),
  saved: v.boolean(),
  sealed: v.boolean(),
  disappearSeconds: seconds,
  file: v.nullable(fileView),
  /**
   * - `here`: all of it is;
   * - `coming`: the rest is on its way by a slower road;
   * - `waits`: it lies on the node and is fetched when asked for;
   * - `fetching`, `failed`.
   */
  rest: v.picklist(['here', 'coming', 'waits', 'fetching', 'failed']),
  quote: v.nullable(quoteView),
  /** The most used first. */
  reactions: v.array(v.object({ emoji: v.string(), count, mine: v.boolean() })),
  /** Of a vCard. */
  card: v.nullable(v.object({ name: v.string(), address: v.string(), color })),
  /** There is a HTML text beside this one, at `/api/v1/html/ID`. */
  html: v.boolean(),
})

export const linkView = v.variant('kind', [
  v.object({ kind: v.literal('contact'), contact: id, name: v.string() }),
  v.object({ kind: v.literal('group'), name: v.string() }),
  v.object({ kind: v.literal('channel'), name: v.string() }),
  /** An invite of one's own. `active`: whether it is good for somebody. */
  v.object({ kind: v.literal('own'), name: v.string(), active: v.boolean() }),
  v.object({ kind: v.literal('address'), address: v.string() }),
  v.object({ kind: v.literal('web'), url: v.string() }),
  v.object({ kind: v.literal('text'), text: v.string() }),
  /** Known and of no use here: a login, a backup, a proxy. `why` is for people. */
  v.object({ kind: v.literal('other'), why: v.string() }),
])

export const inviteView = v.object({ link, name: v.string() })

export type ChatKind = v.InferOutput<typeof chatKind>
export type SendState = v.InferOutput<typeof sendState>
export type Avatar = v.InferOutput<typeof avatar>
export type ContactView = v.InferOutput<typeof contactView>
export type ChatRow = v.InferOutput<typeof chatRow>
export type ChatView = v.InferOutput<typeof chatView>
export type FileView = v.InferOutput<typeof fileView>
export type MessageKind = v.InferOutput<typeof messageKind>
export type QuoteView = v.InferOutput<typeof quoteView>
export type MessageView = v.InferOutput<typeof messageView>
export type LinkView = v.InferOutput<typeof linkView>
