/**
 * The chats of whoever is signed in: the order of the list, its rows, and what is known of single chats.
 *
 * Orders are loaded whole (numbers only) when somebody looks at a list and again whenever an event says so; rows and
 * chats are fetched as they come in sight. A list that cannot be loaded keeps what it has and says `failed`.
 */
import type { ChatRow, ChatView } from '@posthorn/api'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { makeRefresher } from './refresher.ts'
import { makeRowStore, type RowStore } from './rows.ts'
import type { Source } from './source.ts'

export interface ChatList {
  /** Null until it was loaded once. */
  readonly ids: readonly number[] | null
  /** Chats in the archive. */
  readonly archived: number
  /** New messages in chats that are not muted. */
  readonly unread: number
  readonly failed: boolean
}

export interface ListStore {
  readonly store: StoreApi<ChatList>
  /** Loads it, and keeps it up to date from now on. */
  watch(): void
  refresh(): Promise<void>
}

export interface Chats {
  readonly list: ListStore
  readonly archive: ListStore
  readonly rows: RowStore<ChatRow>
  readonly views: RowStore<ChatView>
  /** Takes in a chat that a change answered with. */
  changed(view: ChatView): void
  /** No events any more. */
  close(): void
}

/** Chats are shown one at a time; a few more are asked for by galleries and the like. */
const viewsAtOnce = 8

const nothing: ChatList = { ids: null, archived: 0, unread: 0, failed: false }

export function makeChats(source: Source): Chats {
  const rows = makeRowStore<ChatRow>({
    idOf: row => row.id,
    fetch: ids => source.call('chats.rows', { ids: [...ids] }),
  })
  const views = makeRowStore<ChatView>({
    idOf: view => view.id,
    atOnce: viewsAtOnce,
    fetch: async ids => {
      const found = await Promise.all(ids.map(chat => source.call('chats.show', { chat }).catch(goneOr)))
      return found.filter(view => view !== undefined)
    },
  })
  const list = makeList(source, false)
  const archive = makeList(source, true)
  const refresh = () => {
    void list.refresh()
    void archive.refresh()
  }
  const stale = (chat: number | null) => {
    rows.stale(chat)
    views.stale(chat)
  }
  const all = () => {
    stale(null)
    refresh()
  }
  const ends = [
    source.on('chats.listed', refresh),
    source.on('chats.row', ({ chat }) => {
      stale(chat)
      refresh()
    }),
    source.on('chats.changed', ({ chat }) => stale(chat)),
    source.on('chats.all', all),
    source.onReady(all),
  ]
  return {
    list,
    archive,
    rows,
    views,
    changed(view) {
      views.put(view)
      rows.stale(view.id)
      refresh()
    },
    close() {
      for (const end of ends) end()
    },
  }
}

/** A chat that is not there any more is left out; anything else is a failure, and asked for again. */
function goneOr(error: unknown): undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'no-such-chat') return undefined
  throw error
}

function makeList(source: Source, archived: boolean): ListStore {
  const store = createStore<ChatList>(() => nothing)
  let isWatched = false
  const refresher = makeRefresher(
    async () => {
      const { ids, archived: count, unread } = await source.call('chats.ids', { archived })
      const before = store.getState().ids
      store.setState({
        ids: before !== null && sameIds(before, ids) ? before : ids,
        archived: count,
        unread,
        failed: false,
      })
    },
    () => store.setState({ failed: true }),
  )
  return {
    store,
    watch() {
      if (isWatched) return
      isWatched = true
      void refresher.refresh()
    },
    refresh: () => (isWatched ? refresher.refresh() : Promise.resolve()),
  }
}

function sameIds(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index])
}
