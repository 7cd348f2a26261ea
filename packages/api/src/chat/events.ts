/** What happens in somebody's chats. An event says what to look at again, never what it is now. */
import * as v from 'valibot'
import { count, id } from '../values.ts'

const chat = v.object({ chat: id })

export const chatEvents = {
  /** The order of the list, or which chats there are. */
  'chats.listed': v.object({}),
  /** One row of the list, or all when null. */
  'chats.row': v.object({ chat: v.nullable(id) }),
  /** Name, members, picture, timer of a chat. */
  'chats.changed': chat,
  /** A new message came: for notifications. */
  'messages.came': v.object({ chat: id, message: id }),
  /** Messages came, went or changed places; `message` null: many. Ids are to be asked for again. */
  'messages.listed': v.object({ chat: v.nullable(id), message: v.nullable(id) }),
  /** One message changed: its state, text, reactions, or the rest of it came. */
  'messages.changed': v.object({ chat: id, message: id }),
  'contacts.changed': v.object({ contact: v.nullable(id) }),
  'profile.changed': v.object({}),
  /** An invite is being followed, or one's own is: of 1000 parts, so many are done. */
  'invites.went': v.object({ contact: id, done: count }),
  /** The engine began anew, or too much happened: everything is to be asked for again. */
  'chats.all': v.object({}),
}
