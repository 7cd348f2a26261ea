/** Escape in an open chat, when there is nothing else that it would end: back to where one came from, by steps. */
import { composingOf } from './composer/composing.ts'
import type { OpenChat } from './state.ts'

/** Not while somebody writes, answers, chooses or records: nothing of that ends by a key too many. */
export function canClose({ window: { chat }, store }: OpenChat): boolean {
  const { reply, editing, chosen, overlay, isRecording } = store.getState()
  const { text, tray } = composingOf(chat)
  const isBusy = reply !== null || editing !== null || chosen !== null || overlay !== null || isRecording
  return !isBusy && text.trim() === '' && tray.length === 0
}

/** The search first, then what is open beside the chat, then the chat. */
export function closeChat({ window: { chat }, store }: OpenChat, path: string, go: (path: string) => void): void {
  const own = `/chat/${chat}`
  if (store.getState().isSearching) store.setState({ isSearching: false })
  else go(path === own ? '/' : own)
}
