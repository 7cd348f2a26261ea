/** The list itself: as many lines as the chat has messages, of which only those on the screen exist. */
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { type CSSProperties, useCallback, useLayoutEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { outboxKeyOf } from '../../device/index.ts'
import { dayName } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/index.ts'
import { useOnWay } from '../composer/on-way.ts'
import { MessageMenu } from '../menu/message-menu.tsx'
import { useOpenChat } from '../state.ts'
import { dayAt } from '../window/listing.ts'
import { say } from '../words.ts'
import { moveFocus, pressOnMessage } from './focus.ts'
import css from './message-list.module.css'
import { News } from './news.tsx'
import { keepPosition, type Start } from './position.ts'
import { MessageRow } from './row.tsx'
import { countOf, type Rows, rowAt } from './rows.ts'
import { useEndKept } from './use-end-kept.ts'
import { useFollowing } from './use-following.ts'
import { useLooking } from './use-looking.ts'

export type List = Virtualizer<HTMLDivElement, HTMLDivElement>

/** What scrolls is reached by keys. */
const reachable = { tabIndex: 0 }
const rowPx = 72
export const endPx = 90

export function Scroller({ start }: { readonly start: Start }) {
  const openChat = useOpenChat()
  const rows = useRows(start.firstUnread)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useList(rows, scroller, start)
  useStart(list, start)
  useKept(list, rows)
  useFollowing(list, rows)
  useEndKept(list, scroller)
  const { isAtEnd, newBelow } = useLooking(list, rows, start)
  const day = dayAt(rows.listing.days, list.range?.startIndex ?? 0)
  const isEmpty = countOf(rows) === 0
  return (
    <div className={css['list']}>
      <MessageMenu>
        <div
          ref={scroller}
          className={css['scroller']}
          role="log"
          aria-live="off"
          aria-label={say('messages')}
          {...reachable}
          onKeyDown={event => {
            pressOnMessage(event, openChat)
            moveFocus(event, list)
          }}
        >
          <div className={css['inner']}>
            <Lines list={list} rows={rows} />
          </div>
        </div>
      </MessageMenu>
      {isEmpty ? <Nothing /> : null}
      {day === undefined || isEmpty ? null : (
        <div className={css['floating']} data-shown={list.isScrolling || undefined} aria-hidden>
          <span>{dayName(day.at, Date.now())}</span>
        </div>
      )}
      {isAtEnd ? null : <ToLatest count={newBelow} go={() => list.scrollToEnd()} />}
      <News chat={openChat.chat.id} />
    </div>
  )
}

function Lines({ list, rows }: { readonly list: List; readonly rows: Rows }) {
  return (
    <div className={css['lines']} style={{ blockSize: `${list.getTotalSize()}px` }}>
      {list.getVirtualItems().map(({ key, index, start, size }) => {
        const row = rowAt(rows, index)
        const style: CSSProperties = { transform: `translateY(${start}px)` }
        // What is not here is not measured: its height is a guess until it comes, and corrected then.
        return row === undefined ? (
          <div key={key} className={css['line']} style={{ ...style, blockSize: `${size}px` }}>
            <div className={css['blank']} />
          </div>
        ) : (
          <div key={key} ref={list.measureElement} className={css['line']} style={style} data-index={index} data-row>
            <MessageRow {...row} />
          </div>
        )
      })}
    </div>
  )
}

function useRows(firstUnread: number | null): Rows {
  const { window, chat } = useOpenChat()
  const listing = useStore(window.state, state => state.listing)
  const loaded = useStore(window.state, state => state.loaded)
  const pending = useOnWay(window.chat, listing.places)
  const showsSender = chat.kind !== 'single' && chat.kind !== 'channel-out'
  return useMemo(
    () => ({ listing, loaded, pending, showsSender, firstUnread }),
    [listing, loaded, pending, showsSender, firstUnread],
  )
}

function useList(rows: Rows, scroller: React.RefObject<HTMLDivElement | null>, start: Start): List {
  const { listing, pending } = rows
  const keyAt = useCallback(
    (index: number) => {
      const id = listing.ids[index]
      if (id === undefined) return pending[index - listing.ids.length]?.key ?? `none-${index}`
      return outboxKeyOf(id) ?? id
    },
    [listing, pending],
  )
  const list: List = useVirtualizer({
    count: countOf(rows),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: keyAt,
    overscan: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: endPx,
    paddingStart: 12,
    paddingEnd: 8,
    initialMeasurementsCache: start.sizes,
  })
  // A line above the edge that turns out higher moves what is read by as much, whichever way somebody scrolls.
  list.shouldAdjustScrollPositionOnItemSizeChange = (item, _, { scrollOffset, itemSizeCache }) =>
    itemSizeCache.has(item.key) ? item.end <= (scrollOffset ?? 0) : item.start < (scrollOffset ?? 0)
  return list
}

/** Where somebody begins to read. */
function useStart(list: List, { at }: Start): void {
  const isDone = useRef(false)
  useLayoutEffect(() => {
    if (isDone.current) return
    isDone.current = true
    if (at.kind === 'end') list.scrollToEnd()
    else if (at.kind === 'message') list.scrollToIndex(at.index, { align: 'center' })
    else if (at.kind === 'position') list.scrollToOffset(topOf(list, at.index) + at.offsetPx)
    else list.scrollToIndex(at.index, { align: 'start' })
  }, [list, at])
}

function topOf(list: List, index: number): number {
  return list.getOffsetForIndex(index, 'start')?.[0] ?? 0
}

/** Where somebody stops to read. */
function useKept(list: List, rows: Rows): void {
  const { window } = useOpenChat()
  const now = useRef(rows)
  now.current = rows
  useLayoutEffect(() => {
    return () => {
      const top = list.getVirtualItemForOffset(list.scrollOffset ?? 0)
      const message = top === undefined ? undefined : now.current.listing.ids[top.index]
      const isKept = top !== undefined && message !== undefined && !list.isAtEnd(endPx)
      const offsetPx = (list.scrollOffset ?? 0) - (top?.start ?? 0)
      keepPosition(window.chat, isKept ? { message, offsetPx, sizes: list.takeSnapshot() } : null)
    }
  }, [list, window])
}

function ToLatest({ count, go }: { readonly count: number; readonly go: () => void }) {
  const label = count === 0 ? say('toLatest') : say('newBelow', { count })
  return (
    <button type="button" className={css['latest']} aria-label={label} title={label} onClick={go}>
      <ArrowDown aria-hidden size={20} />
      {count === 0 ? null : (
        <span className={css['count']} aria-hidden>
          {count > 999 ? '999+' : count}
        </span>
      )}
    </button>
  )
}

function Nothing() {
  return (
    <div className={css['nothing']}>
      <EmptyState title={say('noMessages')}>{say('noMessagesText')}</EmptyState>
    </div>
  )
}
