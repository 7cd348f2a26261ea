/** The twin in memory. */
import { noticesLimits } from './limits.ts'
import type { NewNotice, Notice, NoticeMessage, NoticeStore } from './notices.ts'

interface Entry {
  readonly id: string
  readonly user: string
  readonly day: number
  readonly sequence: number
  detail: NewNotice | null
  message: number | null
}

/** @param today the day of the stores' calendar. */
export function memoryNotices(today: () => number = () => 0): NoticeStore {
  const entries = new Map<string, Entry>()
  const messages = new Map<number, NoticeMessage>()
  const chats = new Map<string, number>()
  const listeners = new Set<() => void>()
  let [lastSequence, lastMessage] = [0, 0]
  const waiting = () => [...entries.values()].filter(({ detail, message }) => detail !== null && message === null)
  const conclude = (number: number, isTold: boolean) => {
    messages.delete(number)
    for (const entry of entries.values()) {
      if (entry.message !== number) continue
      entry.message = null
      if (isTold) entry.detail = null
    }
  }
  return {
    async keep(notice) {
      if (entries.has(notice.id)) return false
      lastSequence += 1
      const detail = { ...notice, recipients: notice.recipients.slice(0, noticesLimits.recipientsMax) }
      const { id, user } = notice
      entries.set(id, { id, user, day: today(), sequence: lastSequence, detail, message: null })
      const own = waiting().filter(entry => entry.user === user)
      for (const entry of own.slice(0, Math.max(0, own.length - noticesLimits.waitingMax))) entry.detail = null
      for (const listener of [...listeners]) listener()
      return true
    },
    waitingUsers: async () => [...new Set(waiting().map(({ user }) => user))],
    async waiting(user, limit) {
      const own = waiting().filter(entry => entry.user === user)
      const shown = own.flatMap(({ detail, sequence }): Notice[] => (detail === null ? [] : [{ ...detail, sequence }]))
      return shown.slice(0, limit)
    },
    summary: async () => ({ waiting: waiting().length, unfinished: messages.size }),
    async begin(message, sequences) {
      lastMessage += 1
      messages.set(lastMessage, { ...message, number: lastMessage })
      for (const entry of entries.values()) if (sequences.includes(entry.sequence)) entry.message = lastMessage
      return lastMessage
    },
    unfinished: async () => [...messages.values()],
    told: async number => conclude(number, true),
    takeBack: async number => conclude(number, false),
    async drop(user) {
      for (const entry of waiting()) if (entry.user === user) entry.detail = null
    },
    chats: {
      async put(user, chat) {
        const isNew = chats.get(user) !== chat
        chats.set(user, chat)
        return isNew
      },
      get: user => chats.get(user),
      async forget(user) {
        chats.delete(user)
      },
    },
    onKept(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async prune() {
      for (const entry of waiting()) if (entry.day < today() - noticesLimits.waitingDays) entry.detail = null
    },
  }
}
