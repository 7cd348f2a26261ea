/** Messages and drafts. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, id, ids, nothing, query, text, time, upload } from '../values.ts'
import { messageKind, messageView } from './views.ts'

const message = v.strictObject({ message: id })

const attachment = v.strictObject({
  upload,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  /** An image is made smaller to travel; as a file it goes as it is. */
  kind: v.picklist(['image', 'gif', 'sticker', 'audio', 'voice', 'video', 'file', 'vcard']),
})

const content = {
  text: v.optional(text, ''),
  /** `draft`: the file that the kept draft of this chat holds; an upload is for one use. */
  file: v.optional(v.union([attachment, v.literal('draft')])),
  quote: v.optional(id),
}

/** Of 128 random bits, made by whoever sends. */
const onceKey = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/, 'must be 22 letters of base64url'))

const draftView = v.object({ text, quote: v.nullable(id), file: v.nullable(messageView.entries.file) })

export const messageMethods = {
  'messages.ids': asks('user', {
    about: 'Ids of all messages of a chat in the order shown, the oldest first, and where each day begins.',
    params: v.strictObject({ chat: id }),
    result: v.object({
      ids: v.array(id),
      /** `index`: the first message of that day, among `ids`; `at`: a time of it. */
      days: v.array(v.object({ index: count, at: time })),
      firstUnread: v.nullable(id),
    }),
  }),
  'messages.get': asks('user', {
    about: 'Messages by their ids, in the order asked for; those that are gone are left out.',
    params: v.strictObject({ ids }),
    result: v.array(messageView),
  }),
  'messages.send': does('user', {
    about:
      'Writes a message: a text, a file, or both. Answers when the engine keeps it safely. Called again with the ' +
      'same `key`, because the first answer was lost, it writes nothing more and answers the same.',
    params: v.strictObject({ chat: id, ...content, key: v.optional(onceKey) }),
    result: message,
  }),
  'messages.edit': does('user', {
    about: 'Changes the text of one’s own message, for all.',
    params: v.strictObject({ message: id, text: v.pipe(text, v.minLength(1)) }),
    result: nothing,
  }),
  'messages.delete': does('user', {
    about: 'Deletes messages here; of one’s own also for all who got them.',
    params: v.strictObject({ ids, forAll: v.boolean() }),
    result: nothing,
  }),
  'messages.forward': does('user', {
    about: 'Sends messages on, to each of these chats.',
    params: v.strictObject({ ids, chats: v.pipe(v.array(id), v.minLength(1), v.maxLength(apiLimits.forwardMax)) }),
    result: nothing,
  }),
  'messages.resend': does('user', {
    about: 'Sends messages of one’s own again that failed.',
    params: v.strictObject({ ids }),
    result: nothing,
  }),
  'messages.save': does('user', {
    about: 'Keeps copies in “Saved messages”, or takes them out again.',
    params: v.strictObject({ ids, saved: v.boolean() }),
    result: nothing,
  }),
  'messages.react': does('user', {
    about: 'Reacts with an emoji; an empty one takes it back.',
    params: v.strictObject({ message: id, emoji: v.pipe(v.string(), v.maxLength(32)) }),
    result: nothing,
  }),
  'messages.reactions': asks('user', {
    about: 'Who reacted how.',
    params: message,
    result: v.array(v.object({ contact: id, emoji: v.string() })),
  }),
  'messages.seen': does('user', {
    about: 'These were shown to somebody: their senders may be told so, as one’s profile says.',
    params: v.strictObject({ ids }),
    result: nothing,
  }),
  'messages.fetch': does('user', {
    about: 'Fetches the rest of a message that waits on the node.',
    params: message,
    result: nothing,
  }),
  'messages.info': asks('user', {
    about: 'What is known of a message: who has read it, its name in the mail, the engine’s own words.',
    params: message,
    result: v.object({
      messageId: v.string(),
      readBy: v.array(v.object({ contact: id, at: time })),
      text: v.string(),
    }),
  }),
  'messages.search': asks('user', {
    about: 'Messages with these words, the latest first, at most a thousand; of one chat, or of all.',
    params: v.strictObject({ query: v.pipe(query, v.minLength(1)), chat: v.nullable(id) }),
    result: v.object({ ids: v.array(id) }),
  }),
  'messages.found': asks('user', {
    about: 'Rows for messages that a search found.',
    params: v.strictObject({ ids }),
    result: v.array(
      v.object({ id, chat: id, chatName: v.string(), from: v.string(), text: v.string(), kind: messageKind, at: time }),
    ),
  }),
  'drafts.show': asks('user', {
    about: 'What somebody began to write in a chat.',
    params: v.strictObject({ chat: id }),
    result: v.nullable(draftView),
  }),
  'drafts.keep': does('user', {
    about: 'Keeps what is being written; an empty draft is none.',
    params: v.strictObject({ chat: id, ...content }),
    result: nothing,
  }),
}
