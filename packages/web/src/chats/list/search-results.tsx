import { SearchX } from 'lucide-react'
import { type Ref, useMemo } from 'react'
import { EmptyState, Spinner, VirtualList, type VirtualListHandle } from '../../ui/index.ts'
import { type Found, type FoundLine, foundLines } from '../search.ts'
import { say } from '../words.ts'
import { ContactLine, MessageLine, makeFoundRows } from './found-row.tsx'
import css from './list.module.css'
import { ChatLine } from './row.tsx'

interface ResultsProps {
  readonly found: Found
  readonly chosen: number | undefined
  readonly now: number
  readonly go: (path: string) => void
  readonly listRef: Ref<VirtualListHandle>
}

/** What a search found, below headings. */
export function SearchResults({ found, chosen, now, go, listRef }: ResultsProps) {
  const lines = useMemo(() => foundLines(found), [found])
  const messages = useMemo(() => makeFoundRows(), [])
  const isSearching = found.chats === null || found.contacts === null || found.messages === null
  if (lines.length === 0) {
    return <div className={css['empty']}>{isSearching ? <Searching /> : <Nothing found={found} />}</div>
  }
  return (
    <VirtualList
      ref={listRef}
      label={say('found')}
      className={css['lines']}
      lines={lines}
      keyOf={keyOf}
      estimate={line => (line.kind === 'heading' ? 36 : 68)}
      isHeading={line => line.kind === 'heading'}
    >
      {(line, tabIndex) => {
        const parts = { query: found.query, now, tabIndex, go }
        switch (line.kind) {
          case 'heading':
            return <Heading of={line.of} />
          case 'chat':
            return <ChatLine id={line.id} chosen={line.id === chosen} {...parts} />
          case 'contact':
            return <ContactLine id={line.id} {...parts} />
          case 'message':
            return <MessageLine id={line.id} rows={messages} {...parts} />
        }
      }}
    </VirtualList>
  )
}

function keyOf(line: FoundLine): string {
  return line.kind === 'heading' ? line.of : `${line.kind}-${line.id}`
}

const headings = { chats: 'foundChats', contacts: 'foundPeople', messages: 'foundMessages' } as const

function Heading({ of }: { readonly of: 'chats' | 'contacts' | 'messages' }) {
  return <h2 className={css['heading']}>{say(headings[of])}</h2>
}

function Searching() {
  return (
    <div className={css['waits']}>
      <Spinner label={say('searching')} />
    </div>
  )
}

function Nothing({ found }: { readonly found: Found }) {
  return (
    <EmptyState icon={SearchX} title={say('foundNothing')}>
      {found.failed ? say('foundBadly') : say('foundNothingText', { query: found.query })}
    </EmptyState>
  )
}
