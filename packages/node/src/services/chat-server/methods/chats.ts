/** Chats, as somebody arranges them for themselves. */
import { type Desk, ownChat, ownContact } from '../desk.ts'
import { chatRowView } from '../views/chats.ts'
import { viewTypeOf } from '../views/messages.ts'
import { groupMethods } from './groups.ts'
import { muteKey, showChat } from './show-chat.ts'
import type { MethodsOf } from './table.ts'

/** Flags of the engine's chat list. */
const listFlags = { archived: 1, noSpecials: 2 } as const
const specialMax = 9
const msPerSecond = 1000

const places = { normal: 'Normal', pinned: 'Pinned', archived: 'Archived' } as const

async function mute({ calls, now }: Desk, chat: number, how: number | 'always'): Promise<void> {
  const until = typeof how === 'number' && how > 0 ? String(now() + how * msPerSecond) : null
  await calls.set({ [muteKey(chat)]: until })
  if (how === 'always') return calls.mute(chat, { kind: 'Forever' })
  await calls.mute(chat, how === 0 ? { kind: 'NotMuted' } : { kind: 'Until', duration: how })
}

export const chatMethods: MethodsOf<'chats'> = {
  ...groupMethods,

  async 'chats.ids'({ calls }, { archived, query }) {
    const [listed, archive, fresh] = await Promise.all([
      calls.chatIds(archived ? listFlags.archived : listFlags.noSpecials, query === '' ? null : query),
      calls.chatIds(listFlags.archived, null),
      calls.fresh(),
    ])
    return { ids: listed.filter(id => id > specialMax), archived: archive.length, unread: fresh.length }
  },

  async 'chats.rows'({ calls }, { ids }) {
    const own = ids.filter(id => id > specialMax)
    if (own.length === 0) return []
    const rows = await calls.rows(own)
    const found = own.flatMap(id => {
      const row = rows[id]
      return row?.kind === 'ChatListItem' ? [row] : []
    })
    const others = [...new Set(found.flatMap(({ dmChatContact }) => dmChatContact ?? []))]
    const contacts = others.length === 0 ? {} : await calls.contacts(others)
    return found.map(row => chatRowView(row, contacts[row.dmChatContact ?? 0]?.isVerified ?? false))
  },

  'chats.show': (desk, { chat }) => showChat(desk, chat),

  async 'chats.with'(desk, { contact }) {
    return { chat: await desk.calls.chatWith(await ownContact(desk, contact)) }
  },

  async 'chats.arrange'(desk, { chat, place, mute: how }) {
    await ownChat(desk, chat)
    if (place !== undefined) await desk.calls.setVisibility(chat, places[place])
    if (how !== undefined) await mute(desk, chat, how)
    return showChat(desk, chat)
  },

  async 'chats.delete'(desk, { chat }) {
    await desk.calls.deleteChat(await ownChat(desk, chat))
    await desk.calls.set({ [muteKey(chat)]: null })
    return {}
  },

  async 'chats.accept'(desk, { chat }) {
    await desk.calls.acceptChat(await ownChat(desk, chat))
    return showChat(desk, chat)
  },

  async 'chats.block'(desk, { chat }) {
    await desk.calls.blockChat(await ownChat(desk, chat))
    return {}
  },

  async 'chats.noticed'(desk, { chat }) {
    await desk.calls.noticed(await ownChat(desk, chat))
    return {}
  },

  async 'chats.encryption'(desk, { chat }) {
    return { text: await desk.calls.chatEncryption(await ownChat(desk, chat)) }
  },

  async 'chats.media'(desk, { chat, kinds }) {
    if (chat !== null) await ownChat(desk, chat)
    const ids = await desk.calls.media(chat, kinds.map(viewTypeOf))
    return { ids: ids.reverse() }
  },
}
