/** What is being written in each chat: here while the page is open, and its words as a draft on the node. */
import type { MessageView } from '@posthorn/api'
import { create } from 'zustand'
import { api } from '../../api/index.ts'
import type { Attachment } from './attachments.ts'
import { draftKeeper } from './drafts.ts'

export interface Composing {
  readonly text: string
  readonly tray: readonly Attachment[]
  /** An own message that is being changed, and its new words. */
  readonly edit: { readonly message: MessageView; readonly text: string } | null
}

const nothing: Composing = { text: '', tray: [], edit: null }

const useAll = create<ReadonlyMap<number, Composing>>(() => new Map())

export const drafts = draftKeeper((chat, { text, quote }) =>
  api.call('drafts.keep', { chat, text, ...(quote !== null && { quote }) }),
)

export function useComposing(chat: number): Composing {
  return useAll(all => all.get(chat)) ?? nothing
}

export function composingOf(chat: number): Composing {
  return useAll.getState().get(chat) ?? nothing
}

export function isBegun(chat: number): boolean {
  return useAll.getState().has(chat)
}

export function compose(chat: number, change: Partial<Composing>): void {
  useAll.setState(all => new Map(all).set(chat, { ...composingOf(chat), ...change }), true)
}
