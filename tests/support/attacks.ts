/** Calls of every method of the chat area that name what is somebody else's. */
import type { ChatMethod } from '../../packages/node/src/services/chat-server/index.ts'

export interface Another {
  readonly chat: number
  readonly message: number
  readonly contact: number
  /** Messages with a HTML text, and with a file. */
  readonly html: number
  readonly photo: number
  readonly upload: string
  /** An invite into their group. To follow it is no attack: who has it was invited. */
  readonly link: string
}

type Attacks<Areas extends string> = Record<Extract<ChatMethod, `${Areas}.${string}`>, readonly unknown[]>

/** @param mark a word that stands in all that is theirs. */
export function attacksOn(another: Another, mark: string): Record<ChatMethod, readonly unknown[]> {
  return { ...onChats(another, mark), ...onMessages(another, mark), ...onPeople(another, mark) }
}

function onChats({ chat, contact, upload, link }: Another, mark: string): Attacks<'chats' | 'invites'> {
  return {
    'chats.ids': [{}, { archived: true }, { query: mark }],
    'chats.rows': [{ ids: [chat, chat - 1] }],
    'chats.show': [{ chat }],
    'chats.with': [{ contact }],
    'chats.create': [
      { kind: 'group', name: 'x', members: [contact] },
      { kind: 'group', name: 'x', members: [], picture: upload },
    ],
    'chats.change': [
      { chat, name: 'taken', description: 'x', disappearSeconds: 60 },
      { chat, picture: upload },
    ],
    'chats.arrange': [{ chat, place: 'archived', mute: 'always' }],
    'chats.add': [{ chat, members: [1, contact] }],
    'chats.remove': [{ chat, member: contact }],
    'chats.leave': [{ chat }],
    'chats.delete': [{ chat }],
    'chats.accept': [{ chat }],
    'chats.block': [{ chat }],
    'chats.noticed': [{ chat }],
    'chats.encryption': [{ chat }],
    'chats.media': [
      { chat, kinds: ['image', 'file'] },
      { chat: null, kinds: ['image', 'file'] },
    ],
    'invites.show': [{ chat }],
    'invites.check': [],
    'invites.follow': [],
    'invites.revoke': [{ link }],
  }
}

function onMessages({ chat, message, upload, photo, html }: Another, mark: string): Attacks<'messages'> {
  const messages = { ids: [message, photo, html] }
  const file = { upload, name: 'x.txt', kind: 'file' }
  return {
    'messages.ids': [{ chat }],
    'messages.get': [messages],
    'messages.send': [
      { chat, text: 'x' },
      { chat: 11, text: 'x', quote: message },
      { chat: 11, text: 'x', file },
    ],
    'messages.edit': [{ message, text: 'taken' }],
    'messages.delete': [
      { ...messages, forAll: true },
      { ...messages, forAll: false },
    ],
    'messages.forward': [
      { ...messages, chats: [11] },
      { ids: [11], chats: [chat] },
    ],
    'messages.resend': [messages],
    'messages.save': [
      { ...messages, saved: true },
      { ...messages, saved: false },
    ],
    'messages.react': [{ message, emoji: '👍' }],
    'messages.reactions': [{ message }],
    'messages.seen': [messages],
    'messages.fetch': [{ message }],
    'messages.info': [{ message }],
    'messages.search': [
      { query: mark, chat: null },
      { query: mark, chat },
    ],
    'messages.found': [messages],
  }
}

function onPeople(
  { chat, message, contact, upload, photo }: Another,
  mark: string,
): Attacks<'drafts' | 'contacts' | 'profile'> {
  const file = { upload, name: 'x.txt', kind: 'file' }
  return {
    'drafts.show': [{ chat }],
    'drafts.keep': [
      { chat, text: 'taken' },
      { chat, file: 'draft' },
      { chat: 11, file },
    ],
    'contacts.ids': [{}, { query: mark }, { blocked: true }],
    'contacts.get': [{ ids: [contact] }],
    'contacts.rename': [{ contact, name: 'taken' }],
    'contacts.block': [{ contact, blocked: true }],
    'contacts.delete': [{ contact }],
    'contacts.encryption': [{ contact }],
    'contacts.card': [{ ids: [contact] }],
    'contacts.read': [{ message }, { message: photo }],
    // Alice is hidden.
    'contacts.here': [{}],
    'contacts.meet': [{ login: 'alice' }],
    'profile.show': [{}],
    'profile.change': [{ avatar: upload }],
  }
}
