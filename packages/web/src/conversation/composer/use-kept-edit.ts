/** A change of a message that was begun goes on where it was when somebody comes back to the chat. */
import type { MessageView } from '@posthorn/api'
import { useEffect } from 'react'
import type { OpenChat } from '../state.ts'
import { compose, composingOf } from './composing.ts'

export function useKeptEdit({ window: { chat }, store }: OpenChat): void {
  useEffect(() => {
    const begin = (message: MessageView | null) =>
      compose(chat, { edit: message === null ? null : { message, text: message.text } })
    const { editing } = store.getState()
    const { edit } = composingOf(chat)
    if (editing === null && edit !== null) store.setState({ editing: edit.message })
    else if (editing !== null && editing.id !== edit?.message.id) begin(editing)
    return store.subscribe((now, before) => {
      if (now.editing !== before.editing) begin(now.editing)
    })
  }, [chat, store])
}
