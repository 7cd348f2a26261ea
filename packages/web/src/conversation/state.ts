/** What is going on in an open chat besides its messages: answering, editing, choosing, what is open over it. */
import type { ChatView, MessageView, QuoteView } from '@posthorn/api'
import { createContext, use } from 'react'
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ChatWindow } from './window/store.ts'

/** What is open over the conversation. */
export type Overlay =
  | { readonly kind: 'delete'; readonly ids: readonly number[] }
  | { readonly kind: 'forward'; readonly ids: readonly number[] }
  | { readonly kind: 'info' | 'reactions' | 'react' | 'html'; readonly message: MessageView }
  | { readonly kind: 'photo'; readonly message: number }

export interface OpenChatState {
  readonly reply: QuoteView | null
  /** The own message whose text is being changed. */
  readonly editing: MessageView | null
  /** Null: nothing is being chosen. */
  readonly chosen: ReadonlySet<number> | null
  readonly overlay: Overlay | null
  readonly isSearching: boolean
  /** A voice note. */
  readonly isRecording: boolean
  /** To be scrolled to and shown for a moment; `turn` makes the same one new again. */
  readonly target: { readonly message: number; readonly turn: number } | null
}

export interface OpenChat {
  readonly chat: ChatView
  readonly window: ChatWindow
  readonly store: StoreApi<OpenChatState>
}

export function openChatStore(): StoreApi<OpenChatState> {
  return createStore<OpenChatState>(() => ({
    reply: null,
    editing: null,
    chosen: null,
    overlay: null,
    isSearching: false,
    isRecording: false,
    target: null,
  }))
}

export const OpenChatContext = createContext<OpenChat | null>(null)

export function useOpenChat(): OpenChat {
  const openChat = use(OpenChatContext)
  if (openChat === null) throw new Error('There is no conversation around this component.')
  return openChat
}

export function useOpenChatState<T>(select: (state: OpenChatState) => T): T {
  return useStore(useOpenChat().store, select)
}

export function open({ store }: OpenChat, overlay: Overlay | null): void {
  store.setState({ overlay })
}

export function jumpTo({ store }: OpenChat, message: number): void {
  store.setState(({ target }) => ({ target: { message, turn: (target?.turn ?? 0) + 1 }, overlay: null }))
}

export function beginReply({ store }: OpenChat, message: MessageView): void {
  store.setState({ editing: null, reply: quoteOf(message) })
}

export function beginEdit({ store }: OpenChat, message: MessageView): void {
  store.setState({ editing: message, reply: null })
}

/** Whether a message is among those chosen is turned round; the last one taken out ends choosing. */
export function choose({ store }: OpenChat, id: number): void {
  store.setState(({ chosen }) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    return { chosen: next.size === 0 ? null : next }
  })
}

export function quoteOf(message: MessageView): QuoteView {
  const image = message.kind === 'image' || message.kind === 'gif' ? (message.file?.path ?? null) : null
  const { id, from, text, kind } = message
  return { message: id, from: from.name, color: from.color, text, kind, image }
}
