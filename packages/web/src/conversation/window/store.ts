/**
 * One chat as far as it is looked at: all its ids, and the messages around what is on the screen.
 *
 * Ids are asked for whole, messages by the page as they are scrolled to; those far away are let go. What the node says
 * has changed is asked for again, and nothing else. A call that fails leaves what is here as it is, and is made again
 * with the next look at the chat.
 */
import type { EventOf, MessageView } from '@posthorn/api'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { appended, type Listing, listingOf, noListing } from './listing.ts'
import { type Call, Pages } from './pages.ts'
import type { Range } from './paging.ts'

export interface WindowState {
  /** Whether the ids came yet. */
  readonly isListed: boolean
  readonly listing: Listing
  readonly loaded: ReadonlyMap<number, MessageView>
  /** What went wrong with the last call; null when it did not. */
  readonly trouble: unknown
}

export interface ChatWindow {
  readonly chat: number
  readonly state: StoreApi<WindowState>
  /** What is on the screen, by places among the ids. */
  readonly show: (range: Range) => void
  /** The same, and waits until it is here, or known to be gone. */
  readonly load: (range: Range) => Promise<void>
  /** One message, asked for when it is not here; undefined when it is gone. */
  readonly find: (id: number) => Promise<MessageView | undefined>
  readonly refresh: () => Promise<void>
  readonly listed: (event: EventOf<'messages.listed'>) => void
  readonly changed: (event: EventOf<'messages.changed'>) => void
}

export interface WindowParts {
  readonly chat: number
  readonly call: Call
  /**
   * Ends when what is just being sent to this chat was answered: its id is then known, and it is not shown twice.
   */
  readonly sent: () => Promise<unknown>
}

export function openWindow(parts: WindowParts): ChatWindow {
  const state = createStore<WindowState>(() => ({
    isListed: false,
    listing: noListing,
    loaded: new Map(),
    trouble: null,
  }))
  const listing = listingKeeper(parts, state)
  const pages = new Pages(parts.call, state)
  return {
    chat: parts.chat,
    state,
    show: range => pages.show(range),
    load: range => pages.load(range),
    async find(id) {
      const here = state.getState().loaded.get(id)
      return here ?? (await parts.call('messages.get', { ids: [id] }))[0]
    },
    async refresh() {
      pages.forget()
      await listing.refresh()
      pages.again(state.getState().loaded.keys())
      pages.pump()
    },
    listed({ chat, message }) {
      if (chat !== null && chat !== parts.chat) return
      void (chat !== null && message !== null ? listing.one(message) : listing.refresh()).then(() => pages.pump())
    },
    changed({ chat, message }) {
      if (chat === parts.chat) pages.again([message])
    },
  }
}

type State = StoreApi<WindowState>

function listingKeeper({ chat, call, sent }: WindowParts, state: State) {
  /** One look after another, so that an older answer never replaces a newer one. */
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null

  async function all(): Promise<void> {
    waiting = null
    await sent()
    try {
      const listing = listingOf(await call('messages.ids', { chat }))
      const loaded = new Map([...state.getState().loaded].filter(([id]) => listing.places.has(id)))
      state.setState({ isListed: true, listing, loaded, trouble: null })
    } catch (trouble) {
      state.setState({ trouble })
    }
  }

  async function refresh(): Promise<void> {
    // However many ask while one is under way: one more look is enough.
    waiting ??= last = last.then(all)
    await waiting
  }

  async function tryOne(id: number): Promise<void> {
    await sent()
    const before = state.getState()
    const lastId = before.listing.ids.at(-1)
    const known = before.isListed && !before.listing.places.has(id)
    const message = known ? (await call('messages.get', { ids: [id] }).catch(() => []))[0] : undefined
    const { listing, loaded } = state.getState()
    const next = message && appended(listing, lastId === undefined ? undefined : loaded.get(lastId), message)
    if (!message || !next) void refresh()
    else state.setState({ listing: next, loaded: new Map(loaded).set(id, message) })
  }

  return {
    refresh,
    async one(id: number): Promise<void> {
      last = last.then(() => tryOne(id))
      await last
    },
  }
}
