/** Chats, their members and their invites. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { id, ids, link, name, nothing, query, seconds, text, upload } from '../values.ts'
import { chatRow, chatView, inviteView, linkView, messageKind } from './views.ts'

const chat = v.strictObject({ chat: id })
const members = v.pipe(v.array(id), v.maxLength(apiLimits.membersMax))

export const chatMethods = {
  'chats.ids': asks('user', {
    about:
      'Ids of the chats in the order of the list, pinned ones first; all of the archive, or those that a text finds.',
    params: v.strictObject({ archived: v.optional(v.boolean(), false), query: v.optional(query, '') }),
    result: v.object({
      ids: v.array(id),
      archived: v.pipe(v.number(), v.integer()),
      unread: v.pipe(v.number(), v.integer()),
    }),
  }),
  'chats.rows': asks('user', {
    about: 'Rows of the chat list, in the order asked for; those that are gone are left out.',
    params: v.strictObject({ ids }),
    result: v.array(chatRow),
  }),
  'chats.show': asks('user', { about: 'One chat.', params: chat, result: chatView }),
  'chats.with': does('user', {
    about: 'The chat with a contact, made where there is none.',
    params: v.strictObject({ contact: id }),
    result: chat,
  }),
  'chats.create': does('user', {
    about: 'Makes a group, or a channel in which only its maker writes.',
    params: v.strictObject({ kind: v.picklist(['group', 'channel']), name, members, picture: v.optional(upload) }),
    result: chat,
  }),
  'chats.change': does('user', {
    about: 'Changes a group or channel for all in it; what is not named stays. `picture: null` takes it away.',
    params: v.strictObject({
      chat: id,
      name: v.optional(name),
      description: v.optional(text),
      picture: v.optional(v.nullable(upload)),
      disappearSeconds: v.optional(seconds),
    }),
    result: chatView,
  }),
  'chats.arrange': does('user', {
    about: 'Pins, archives or mutes a chat, for oneself only; what is not named stays.',
    params: v.strictObject({
      chat: id,
      place: v.optional(v.picklist(['normal', 'pinned', 'archived'])),
      /** Seconds from now; 0: not any more. */
      mute: v.optional(v.union([seconds, v.literal('always')])),
    }),
    result: chatView,
  }),
  'chats.add': does('user', {
    about: 'Adds members.',
    params: v.strictObject({ chat: id, members }),
    result: chatView,
  }),
  'chats.remove': does('user', {
    about: 'Removes a member.',
    params: v.strictObject({ chat: id, member: id }),
    result: chatView,
  }),
  'chats.leave': does('user', { about: 'Leaves a group or channel.', params: chat, result: chatView }),
  'chats.delete': does('user', {
    about: 'Deletes a chat with its messages, here only.',
    params: chat,
    result: nothing,
  }),
  'chats.accept': does('user', { about: 'Accepts a request.', params: chat, result: chatView }),
  'chats.block': does('user', { about: 'Blocks who made a request.', params: chat, result: nothing }),
  'chats.noticed': does('user', {
    about: 'Nothing in this chat is new any more. Nobody is told: see messages.seen.',
    params: chat,
    result: nothing,
  }),
  'chats.encryption': asks('user', {
    about: 'How the chat is encrypted, with fingerprints, for people.',
    params: chat,
    result: v.object({ text: v.string() }),
  }),
  'chats.media': asks('user', {
    about: 'Messages with media of these kinds, the latest first; of one chat, or of all.',
    params: v.strictObject({
      chat: v.nullable(id),
      kinds: v.pipe(v.array(messageKind), v.minLength(1), v.maxLength(3)),
    }),
    result: v.object({ ids: v.array(id) }),
  }),
  'invites.show': asks('user', {
    about: 'An invite to chat with oneself, or into a group: a link, which is also the text of a QR code.',
    params: v.strictObject({ chat: v.nullable(id) }),
    result: inviteView,
  }),
  'invites.check': asks('user', {
    about: 'What a link or a scanned QR code is.',
    params: v.strictObject({ link }),
    result: linkView,
  }),
  'invites.follow': does('user', {
    about: 'Follows the invite of somebody else. The chat is there at once; it is proven when both have answered.',
    params: v.strictObject({ link }),
    result: chat,
  }),
  'invites.revoke': does('user', {
    about: 'An invite of one’s own is good for nobody any more; the next one shown is new.',
    params: v.strictObject({ link }),
    result: nothing,
  }),
}
