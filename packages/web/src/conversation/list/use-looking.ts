/** What is on the screen: loaded when it is not, and told to be seen when somebody looks. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../../api/index.ts'
import { useOpenChat } from '../state.ts'
import { useAttention } from './attention.ts'
import type { Start } from './position.ts'
import { countOf, type Rows } from './rows.ts'
import { endPx, type List } from './scroller.tsx'
import { seenTracker } from './seen.ts'

export interface Looking {
  readonly isAtEnd: boolean
  /** How many came below that nobody has looked at. */
  readonly newBelow: number
}

export function useLooking(list: List, rows: Rows, start: Start): Looking {
  const { window } = useOpenChat()
  const items = list.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const { ids } = rows.listing
  useEffect(() => {
    // The list itself says that there is more when ids come: then what is shown is looked at anew.
    if (ids.length > 0) window.show({ first, last: Math.min(last, ids.length - 1) })
  }, [window, first, last, ids])

  // Before the list knows how high it is, everything seems to be the end.
  const isReady = (list.scrollRect?.height ?? 0) > 0
  const isAtEnd = isReady && list.isAtEnd(endPx)
  const top = list.range?.startIndex ?? 0
  const bottom = list.range?.endIndex ?? 0
  const isThere = useAttention()
  useSeen(rows, top, bottom, isThere)
  useNoticed(isAtEnd && isThere, ids.length)
  return { isAtEnd: isAtEnd || !isReady, newBelow: useNewBelow(countOf(rows), bottom, isAtEnd && isThere, start) }
}

function useSeen({ listing, loaded }: Rows, top: number, bottom: number, isThere: boolean): void {
  const seen = useMemo(() => seenTracker(ids => api.call('messages.seen', { ids })), [])
  useEffect(() => seen.stop, [seen])
  useEffect(() => seen.attention(isThere), [seen, isThere])
  useEffect(() => {
    const shown = listing.ids.slice(top, bottom + 1)
    seen.shown(shown.filter(id => loaded.get(id)?.unread === true))
  }, [seen, listing, loaded, top, bottom])
}

/** Whoever has come to the end has been through it all. */
function useNoticed(isThroughAll: boolean, count: number): void {
  const { window, chat } = useOpenChat()
  const { unread } = chat
  const noticed = useRef(-1)
  useEffect(() => {
    if (!isThroughAll || unread === 0 || noticed.current === count) return
    noticed.current = count
    api.call('chats.noticed', { chat: window.chat }).catch(() => {
      noticed.current = -1
    })
  }, [isThroughAll, unread, count, window])
}

function useNewBelow(count: number, bottom: number, isAtEnd: boolean, { at }: Start): number {
  const [lookedAt, setLookedAt] = useState(at.kind === 'unread' ? at.index - 1 : count - 1)
  const now = isAtEnd ? count - 1 : Math.max(lookedAt, bottom)
  if (now > lookedAt) setLookedAt(now)
  return Math.max(0, count - 1 - now)
}
