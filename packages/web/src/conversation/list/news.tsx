/** Reads aloud what comes while the chat is open, and nothing that was only scrolled to. */
import { useCallback, useEffect, useState } from 'react'
import { api } from '../../api/index.ts'
import { plainLine } from '../../text/line.ts'
import { summaryOf } from '../bubbles/kind-name.ts'
import { useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './message-list.module.css'

export function News({ chat }: { readonly chat: number }) {
  const { window } = useOpenChat()
  const [text, setText] = useState('')
  const read = useCallback(
    async (id: number) => {
      const message = await window.find(id).catch(() => undefined)
      if (message === undefined) return
      setText(say('cameFrom', { name: plainLine(message.from.name), text: summaryOf(message, 200) }))
    },
    [window],
  )
  useEffect(
    () =>
      api.on('messages.came', event => {
        if (event.chat === chat) void read(event.message)
      }),
    [chat, read],
  )
  return (
    <div className={css['news']} role="status" aria-live="polite">
      {text}
    </div>
  )
}
