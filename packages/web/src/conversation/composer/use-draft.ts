/** Takes up what somebody began to write, here or on another device, and keeps it when they leave. */
import { useEffect } from 'react'
import { api } from '../../api/index.ts'
import { type OpenChat, quoteOf } from '../state.ts'
import { compose, composingOf, drafts, isBegun } from './composing.ts'

export function useDraft({ window: { chat, find }, store }: OpenChat): void {
  useEffect(() => {
    let isGone = false
    if (!isBegun(chat)) {
      compose(chat, {})
      void take(chat)
    }
    async function take(of: number) {
      const draft = await api.call('drafts.show', { chat: of }).catch(() => null)
      if (draft === null) return
      drafts.found(of)
      // Whoever was quicker than the node keeps their own words.
      if (composingOf(of).text !== '') return
      compose(of, { text: draft.text })
      const quoted = draft.quote === null ? undefined : await find(draft.quote).catch(() => undefined)
      if (quoted !== undefined && !isGone) store.setState({ reply: quoteOf(quoted) })
    }
    window.addEventListener('pagehide', drafts.flush)
    const ready = api.onReady(drafts.flush)
    return () => {
      isGone = true
      ready()
      window.removeEventListener('pagehide', drafts.flush)
      drafts.flush()
    }
  }, [chat, find, store])
  useEffect(
    () =>
      store.subscribe((now, before) => {
        if (now.reply === before.reply) return
        const { text } = composingOf(chat)
        if (text !== '' || before.reply === null) drafts.change(chat, { text, quote: now.reply?.message ?? null })
      }),
    [chat, store],
  )
}
