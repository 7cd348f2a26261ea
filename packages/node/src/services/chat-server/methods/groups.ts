/** Groups and channels: what changes for all in them. */
import { type Desk, ownChat, ownContact } from '../desk.ts'
import { showChat } from './show-chat.ts'
import type { DeskMethods } from './table.ts'

type GroupMethod = 'chats.create' | 'chats.change' | 'chats.add' | 'chats.remove' | 'chats.leave'

export const groupMethods: DeskMethods<GroupMethod> = {
  /** Whole, or not at all: nobody in it hears of it before the first message. */
  async 'chats.create'(desk, { kind, name, members, picture }) {
    const { calls } = desk
    for (const member of members) await ownContact(desk, member)
    const chat = kind === 'group' ? await calls.createGroup(name) : await calls.createChannel(name)
    try {
      for (const member of new Set(members)) await calls.addMember(chat, member)
      if (picture !== undefined) await setPicture(desk, chat, picture)
    } catch (error) {
      await calls.deleteChat(chat)
      throw error
    }
    return { chat }
  },

  async 'chats.change'(desk, { chat, name, description, picture, disappearSeconds }) {
    const { calls } = desk
    await ownChat(desk, chat)
    if (name !== undefined) await calls.rename(chat, name)
    if (description !== undefined) await calls.describe(chat, description)
    if (picture !== undefined) await setPicture(desk, chat, picture)
    if (disappearSeconds !== undefined) await calls.setTimer(chat, disappearSeconds)
    return showChat(desk, chat)
  },

  async 'chats.add'(desk, { chat, members }) {
    await ownChat(desk, chat)
    for (const member of members) await ownContact(desk, member)
    for (const member of members) await desk.calls.addMember(chat, member)
    return showChat(desk, chat)
  },

  async 'chats.remove'(desk, { chat, member }) {
    await ownChat(desk, chat)
    await desk.calls.removeMember(chat, await ownContact(desk, member))
    return showChat(desk, chat)
  },

  async 'chats.leave'(desk, { chat }) {
    await desk.calls.leave(await ownChat(desk, chat))
    return showChat(desk, chat)
  },
}

function setPicture(desk: Desk, chat: number, upload: string | null): Promise<unknown> {
  if (upload === null) return desk.calls.setPicture(chat, null)
  return desk.withUpload(upload, ({ path }) => desk.calls.setPicture(chat, path))
}
