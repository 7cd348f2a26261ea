import type { ChatView } from '@posthorn/api'
import { answerOf, type Desk, ownChat } from '../desk.ts'
import type { EngineChat } from '../engine/schemas.ts'
import { chatKindOf, chatView } from '../views/chats.ts'

export async function showChat(desk: Desk, id: number): Promise<ChatView> {
  const { calls } = desk
  const chat = await calls.chat(await ownChat(desk, id))
  const isGroup = chatKindOf(chat.chatType) !== 'single'
  return chatView(chat, {
    verified: isGroup ? false : await isVerified(desk, chat),
    description: isGroup ? ((await answerOf(calls.description(id))) ?? '') : '',
    mutedUntil: chat.isMuted ? await mutedUntil(desk, id) : null,
  })
}

async function isVerified({ calls }: Desk, { contactIds: [other] }: EngineChat): Promise<boolean> {
  return other !== undefined && ((await answerOf(calls.contact(other)))?.isVerified ?? false)
}

/** The engine tells that a chat is muted, and not until when. */
export const muteKey = (chat: number) => `ui.posthorn.muted.${chat}`

async function mutedUntil({ calls, now }: Desk, chat: number): Promise<number | 'always'> {
  const until = Number((await calls.setting(muteKey(chat))) ?? 0)
  return Number.isSafeInteger(until) && until > now() ? until : 'always'
}
