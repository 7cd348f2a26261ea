/** Searches in the chat: from the latest found message to older ones and back. */
import { apiLimits } from '@posthorn/api'
import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { api } from '../../api/index.ts'
import { IconButton, Spinner } from '../../ui/index.ts'
import { told } from '../doing.ts'
import { jumpTo, useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './search-bar.module.css'

const waitMs = 250

export function SearchBar() {
  const openChat = useOpenChat()
  const [query, setQuery] = useState('')
  const { ids, at, go } = useFound(query)
  const close = () => openChat.store.setState({ isSearching: false })
  const press = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, () => void>> = {
      Escape: close,
      Enter: () => go(event.shiftKey ? -1 : 1),
      ArrowUp: () => go(1),
      ArrowDown: () => go(-1),
    }
    const run = steps[event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }
  return (
    <search className={css['bar']}>
      <input
        type="search"
        className={css['input']}
        ref={focus}
        dir="auto"
        aria-label={say('find')}
        placeholder={say('find')}
        maxLength={apiLimits.queryLettersMax}
        value={query}
        onChange={event => setQuery(event.target.value)}
        onKeyDown={press}
      />
      <span className={css['count']} role="status">
        {query.trim() === '' ? '' : ids === undefined ? <Spinner size="1rem" /> : placeOf(at, ids.length)}
      </span>
      <IconButton
        icon={ChevronUp}
        label={say('previous')}
        keys="↑"
        disabled={ids === undefined || at >= ids.length - 1}
        onClick={() => go(1)}
      />
      <IconButton icon={ChevronDown} label={say('next')} keys="↓" disabled={at <= 0} onClick={() => go(-1)} />
      <IconButton icon={X} label={say('endSearch')} keys="Esc" onClick={close} />
    </search>
  )
}

/** Whoever opens a search wants to write in it. */
function focus(input: HTMLInputElement | null): void {
  input?.focus()
}

function placeOf(at: number, count: number): string {
  return count === 0 ? say('foundNone') : say('foundPlace', { place: at + 1, count })
}

function useFound(query: string) {
  const openChat = useOpenChat()
  const { chat } = openChat.window
  const [ids, setIds] = useState<readonly number[]>()
  const [at, setAt] = useState(0)
  const text = query.trim()
  useEffect(() => {
    setIds(undefined)
    setAt(0)
    if (text === '') return
    let isGone = false
    const timer = setTimeout(async () => {
      const found = await told(api.call('messages.search', { query: text, chat }))
      if (isGone) return
      setIds(found?.ids ?? [])
      const first = found?.ids[0]
      if (first !== undefined) jumpTo(openChat, first)
    }, waitMs)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [text, chat, openChat])
  const go = (step: number) => {
    const next = ids?.[at + step]
    if (next === undefined) return
    setAt(at + step)
    jumpTo(openChat, next)
  }
  return { ids, at, go }
}
