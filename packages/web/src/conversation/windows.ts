/** The chats that were opened last, as far as they were loaded: coming back to one is at once. */
import { useEffect, useState } from 'react'
import { api } from '../api/index.ts'
import { noteListed, sendingAnswered } from '../device/index.ts'
import { type ChatWindow, openWindow } from './window/store.ts'

const keptMax = 4

interface Kept {
  readonly window: ChatWindow
  readonly stop: () => void
}

/** The one opened last is the last. */
const windows = new Map<number, Kept>()

function windowOf(chat: number): ChatWindow {
  const kept = windows.get(chat) ?? listen(chat)
  windows.delete(chat)
  windows.set(chat, kept)
  for (const [oldest, { stop }] of windows) {
    if (windows.size <= keptMax) break
    stop()
    windows.delete(oldest)
  }
  return kept.window
}

function listen(chat: number): Kept {
  const window = openWindow({
    chat,
    call: (name, params) => api.call(name, params),
    sent: () => sendingAnswered(chat),
  })
  const refresh = () => void window.refresh()
  const stops = [
    api.on('messages.listed', event => window.listed(event)),
    api.on('messages.changed', event => window.changed(event)),
    api.on('chats.all', refresh),
    api.onReady(refresh),
    // Those that were there before too: one may be sent twice, answered the second time, and deleted since.
    window.state.subscribe(({ listing }, before) => {
      noteListed(chat, before.listing.places)
      noteListed(chat, listing.places)
    }),
  ]
  const stop = () => {
    for (const end of stops) end()
  }
  return { window, stop }
}

export function useChatWindow(chat: number): ChatWindow {
  const [window] = useState(() => windowOf(chat))
  useEffect(() => {
    // Before the first connection the question waits for it.
    if (!window.state.getState().isListed) void window.refresh()
  }, [window])
  return window
}
