/** Doing things with chats: the call, and a word when it did not work. */
import type { ChatRow, ParamsOf } from '@posthorn/api'
import { api, isCancelled, wordsOf } from '../api/index.ts'
import { stores } from '../stores/index.ts'
import { toast } from '../ui/index.ts'
import { openChatDialog } from './dialog-store.ts'
import type { RowDeed } from './possible.ts'
import { nameOf } from './row-text.ts'
import { say } from './words.ts'

/** Runs what somebody asked for; tells why it did not work. Answers whether it did. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!isCancelled(error)) toast({ text: wordsOf(error), tone: 'danger' })
    return false
  }
}

/** Pins, archives or mutes. */
export function arrange(chat: number, how: Omit<ParamsOf<'chats.arrange'>, 'chat'>): Promise<boolean> {
  return attempt(async () => stores().chats.changed(await api.call('chats.arrange', { chat, ...how })))
}

export interface DeedParts {
  readonly row: ChatRow
  readonly go: (path: string) => void
}

const deeds: Readonly<Record<RowDeed, (parts: DeedParts) => void>> = {
  accept: ({ row }) => {
    void attempt(async () => stores().chats.changed(await api.call('chats.accept', { chat: row.id })))
  },
  block: ({ row }) => openChatDialog({ kind: 'block', chat: row.id }),
  read: ({ row }) => {
    void attempt(() => api.call('chats.noticed', { chat: row.id }))
  },
  pin: ({ row }) => void arrange(row.id, { place: 'pinned' }),
  unpin: ({ row }) => void arrange(row.id, { place: 'normal' }),
  mute: ({ row }) => openChatDialog({ kind: 'mute', chat: row.id }),
  unmute: ({ row }) => void arrange(row.id, { mute: 0 }),
  archive: ({ row }) => {
    const place = row.pinned ? 'pinned' : 'normal'
    void arrange(row.id, { place: 'archived' }).then(done => {
      if (!done) return
      const action = { label: say('undo'), run: () => void arrange(row.id, { place }) }
      toast({ text: say('archivedOne', { name: nameOf(row) }), action })
    })
  },
  unarchive: ({ row }) => void arrange(row.id, { place: 'normal' }),
  info: ({ row, go }) => go(`/chat/${row.id}/info`),
  delete: ({ row }) => openChatDialog({ kind: 'delete', chat: row.id }),
}

export function runDeed(deed: RowDeed, parts: DeedParts): void {
  deeds[deed](parts)
}
