/** Goes to one's own new message, and to a message that was asked for. */
import { useEffect, useRef } from 'react'
import { useOpenChat, useOpenChatState } from '../state.ts'
import type { Rows } from './rows.ts'
import type { List } from './scroller.tsx'

const shownMs = 2600
const aroundRows = 20

export function useFollowing(list: List, rows: Rows): void {
  useOwn(list, rows.pending.at(-1)?.key)
  useTarget(list)
}

function useOwn(list: List, key: string | undefined): void {
  const last = useRef(key)
  useEffect(() => {
    if (key !== undefined && key !== last.current) list.scrollToEnd()
    last.current = key
  }, [list, key])
}

function useTarget(list: List): void {
  const { window, store } = useOpenChat()
  const target = useOpenChatState(state => state.target)
  useEffect(() => {
    if (target === null) return
    let isGone = false
    const { ids, places } = window.state.getState().listing
    const index = places.get(target.message)
    if (index === undefined) return
    const range = { first: Math.max(0, index - aroundRows), last: Math.min(ids.length - 1, index + aroundRows) }
    void window.load(range).then(() => {
      if (!isGone) list.scrollToIndex(index, { align: 'center' })
    })
    const timer = setTimeout(() => store.setState({ target: null }), shownMs)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [list, window, store, target])
}
