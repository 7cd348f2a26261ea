import { ArrowLeft, MessageCirclePlus } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useStore } from 'zustand'
import { keysForPeople } from '../../actions/index.ts'
import { api } from '../../api/index.ts'
import { IconButton, type VirtualListHandle } from '../../ui/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { makeSearch } from '../search.ts'
import { say } from '../words.ts'
import { useListActions } from './actions.ts'
import { Lines } from './lines.tsx'
import css from './list.module.css'
import { SearchField } from './search-field.tsx'
import { SearchResults } from './search-results.tsx'

interface ChatListProps {
  /** The chat that is open beside it. */
  readonly chosen: number | null
  readonly archived?: boolean
}

/** The list of chats with its search; or the archive. */
export function ChatList({ chosen, archived = false }: ChatListProps) {
  const [, go] = useLocation()
  const now = useNow()
  const search = useMemo(() => makeSearch((method, params, options) => api.call(method, params, options)), [])
  const found = useStore(search.store)
  const [text, setText] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const results = useRef<VirtualListHandle>(null)
  const type = (value: string) => {
    setText(value)
    search.type(value)
  }
  useListActions({ chosen: chosen ?? undefined, archived, go, field })
  const shown = { chosen: chosen ?? undefined, now, go }
  if (archived) {
    return (
      <>
        <header className={css['head']}>
          <IconButton icon={ArrowLeft} label={say('backToChats')} onClick={() => go('/')} />
          <h1 className={css['title']}>{say('archive')}</h1>
        </header>
        <Lines archived {...shown} />
      </>
    )
  }
  return (
    <>
      <header className={css['head']}>
        <SearchField text={text} onType={type} onEnter={() => results.current?.focusFirst()} fieldRef={field} />
        <IconButton
          icon={MessageCirclePlus}
          look="accent"
          label={say('newChat')}
          keys={keysForPeople('Alt+n')}
          onClick={() => openChatDialog({ kind: 'new' })}
        />
      </header>
      {found.query === '' ? (
        <Lines archived={false} {...shown} />
      ) : (
        <SearchResults found={found} listRef={results} {...shown} />
      )}
    </>
  )
}

const minuteMs = 60_000

/** The time, as exact as the list shows it. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minuteMs)
    return () => clearInterval(timer)
  }, [])
  return now
}
