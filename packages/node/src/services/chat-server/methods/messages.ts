/** Messages. */
import type { MessageView } from '@posthorn/api'
import { answerOf, type Desk, ownChat, ownMessage, ownMessages } from '../desk.ts'
import { loadMessages } from '../load-messages.ts'
import { messageKindOf, messageView } from '../views/messages.ts'
import { sendingMethods } from './sending.ts'
import type { MethodsOf } from './table.ts'

const msPerSecond = 1000
const specialMax = 9

async function showMessages(desk: Desk, ids: readonly number[]): Promise<MessageView[]> {
  const messages = await loadMessages(desk, ids)
  const timers = new Map<number, boolean>()
  for (const chat of new Set(messages.map(({ chatId }) => chatId))) {
    timers.set(chat, ((await answerOf(desk.calls.timer(chat))) ?? 0) > 0)
  }
  return Promise.all(
    messages.map(async message =>
      messageView(message, timers.get(message.chatId) === true ? await lifetimeOf(desk, message.id) : 0),
    ),
  )
}

async function lifetimeOf({ calls }: Desk, id: number): Promise<number> {
  const timer = (await answerOf(calls.info(id)))?.ephemeralTimer
  return timer?.kind === 'enabled' ? timer.duration : 0
}

export const messageMethods: MethodsOf<'messages'> = {
  ...sendingMethods,

  async 'messages.ids'(desk, { chat }) {
    await ownChat(desk, chat)
    const [items, firstUnread] = await Promise.all([desk.calls.list(chat), desk.calls.firstUnread(chat)])
    const ids: number[] = []
    const days: { index: number; at: number }[] = []
    for (const item of items) {
      if (item.kind === 'message') ids.push(item.msg_id)
      else days.push({ index: ids.length, at: item.timestamp * msPerSecond })
    }
    return { ids, days, firstUnread: (firstUnread ?? 0) > specialMax ? firstUnread : null }
  },

  'messages.get': (desk, { ids }) => showMessages(desk, ids),

  async 'messages.reactions'(desk, { message }) {
    const { reactions } = await desk.calls.message(await ownMessage(desk, message))
    return Object.entries(reactions?.reactionsByContact ?? {}).flatMap(([contact, emoji]) =>
      emoji.map(one => ({ contact: Number(contact), emoji: one })),
    )
  },

  async 'messages.info'(desk, { message }) {
    const { calls } = desk
    const id = await ownMessage(desk, message)
    const [{ rfc724Mid }, receipts, text] = await Promise.all([calls.info(id), calls.receipts(id), calls.infoText(id)])
    const readBy = receipts.map(({ contactId, timestamp }) => ({ contact: contactId, at: timestamp * msPerSecond }))
    return { messageId: rfc724Mid, readBy, text }
  },

  async 'messages.search'(desk, { query, chat }) {
    if (chat !== null) await ownChat(desk, chat)
    const ids = await desk.calls.search(query, chat)
    // Within a chat the engine answers the oldest first.
    return { ids: chat === null ? ids : ids.reverse() }
  },

  async 'messages.found'(desk, { ids }) {
    const own = await ownMessages(desk, ids)
    if (own.length === 0) return []
    const [found, messages] = await Promise.all([desk.calls.found(own), loadMessages(desk, own)])
    const kinds = new Map(messages.map(({ id, viewType }) => [id, messageKindOf(viewType)]))
    return own.flatMap(id => {
      const row = found[id]
      if (row === undefined) return []
      const { chatId: chat, chatName, authorName: from, message: text, timestamp } = row
      return [{ id, chat, chatName, from, text, kind: kinds.get(id) ?? 'text', at: timestamp * msPerSecond }]
    })
  },
}
