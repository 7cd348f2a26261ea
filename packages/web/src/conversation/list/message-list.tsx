/** The messages of a chat: once it is known where somebody shall begin to read, and what stands there is here. */
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { wordsOf } from '../../api/index.ts'
import { Button, EmptyState, Spinner } from '../../ui/index.ts'
import { useOpenChat } from '../state.ts'
import type { ChatWindow } from '../window/store.ts'
import { say } from '../words.ts'
import css from './message-list.module.css'
import { type Start, startOf } from './position.ts'
import { Scroller } from './scroller.tsx'

/** Of those that are unread: notices of the chat, and what one wrote oneself elsewhere, are nothing new. */
function firstWritten({ state }: ChatWindow, firstUnread: number | null): number | null {
  if (firstUnread === null) return null
  const { listing, loaded } = state.getState()
  const from = listing.places.get(firstUnread) ?? listing.ids.length
  const isWritten = (id: number) => {
    const message = loaded.get(id)
    return message === undefined || !(message.info || message.mine)
  }
  return listing.ids.slice(from).find(isWritten) ?? null
}

export function MessageList({ message }: { readonly message: number | null }) {
  const { window } = useOpenChat()
  const isListed = useStore(window.state, state => state.isListed)
  const trouble = useStore(window.state, state => state.trouble)
  const [start, setStart] = useState<Start | null>(null)
  useEffect(() => {
    if (!isListed) return
    let isGone = false
    const found = startOf(window.chat, window.state.getState().listing, message)
    void window.load(found.range).then(() => {
      if (!isGone) setStart({ ...found, firstUnread: firstWritten(window, found.firstUnread) })
    })
    return () => {
      isGone = true
    }
    // Only the first look decides where to begin; afterwards whoever reads does.
  }, [isListed, window, message])
  if (start !== null) return <Scroller start={start} />
  if (trouble === null) {
    return (
      <div className={css['empty']}>
        <Spinner label={say('loading')} />
      </div>
    )
  }
  return (
    <div className={css['empty']}>
      <EmptyState
        title={say('notLoaded')}
        action={<Button onClick={() => void window.refresh()}>{say('tryAgain')}</Button>}
      >
        {wordsOf(trouble)}
      </EmptyState>
    </div>
  )
}
