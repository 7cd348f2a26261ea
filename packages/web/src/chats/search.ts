/**
 * Searching as somebody types: it waits for a pause, asks for chats, contacts and messages at once, shows each when it
 * comes, and forgets answers to what is not asked any more.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../api/index.ts'

export interface Found {
  /** What is searched for, trimmed; empty when nothing is. */
  readonly query: string
  /** Null while it is looked for. */
  readonly chats: readonly number[] | null
  readonly contacts: readonly number[] | null
  readonly messages: readonly number[] | null
  readonly failed: boolean
}

export interface Search {
  readonly store: StoreApi<Found>
  type(text: string): void
}

const nothing: Found = { query: '', chats: [], contacts: [], messages: [], failed: false }
const pauseMs = 200

export function makeSearch(call: Client['call']): Search {
  const store = createStore<Found>(() => nothing)
  let pause: ReturnType<typeof setTimeout> | undefined
  let current: AbortController | undefined

  const look = (query: string) => {
    current = new AbortController()
    const { signal } = current
    const take = async (part: 'chats' | 'contacts' | 'messages', asked: Promise<{ ids: readonly number[] }>) => {
      const found = await asked.then(({ ids }) => ({ [part]: ids })).catch(() => ({ [part]: [], failed: true }))
      if (!signal.aborted) store.setState(found)
    }
    void take('chats', call('chats.ids', { query }, { signal }))
    void take('contacts', call('contacts.ids', { query }, { signal }))
    void take('messages', call('messages.search', { query, chat: null }, { signal }))
  }

  return {
    store,
    type(text) {
      const query = text.trim()
      if (query === store.getState().query) return
      clearTimeout(pause)
      current?.abort()
      if (query === '') {
        store.setState(nothing)
        return
      }
      store.setState({ query, chats: null, contacts: null, messages: null, failed: false })
      pause = setTimeout(() => look(query), pauseMs)
    },
  }
}

/** One line of what was found, as the list shows it. */
export type FoundLine =
  | { readonly kind: 'heading'; readonly of: 'chats' | 'contacts' | 'messages' }
  | { readonly kind: 'chat' | 'contact' | 'message'; readonly id: number }

export function foundLines(found: Found): readonly FoundLine[] {
  const part = (of: 'chats' | 'contacts' | 'messages', kind: 'chat' | 'contact' | 'message'): FoundLine[] => {
    const ids = found[of] ?? []
    return ids.length === 0 ? [] : [{ kind: 'heading', of }, ...ids.map(id => ({ kind, id }))]
  }
  return [...part('chats', 'chat'), ...part('contacts', 'contact'), ...part('messages', 'message')]
}
