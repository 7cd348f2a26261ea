import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { type Action, useActions } from '../actions/index.ts'
import { useConnection } from '../api/index.ts'
import { RequestBar } from '../chats/index.tsx'
import { stores, useRow } from '../stores/index.ts'
import { plainLine } from '../text/line.ts'
import { EmptyState, Spinner } from '../ui/index.ts'
import { canClose, closeChat } from './closing.ts'
import css from './conversation.module.css'
import { DropZone } from './drop-zone.tsx'
import { Header } from './header.tsx'
import { MessageList } from './list/message-list.tsx'
import { Overlays } from './overlays/overlays.tsx'
import { SearchBar } from './search/search-bar.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { jumpTo, type OpenChat, OpenChatContext, openChatStore, useOpenChat, useOpenChatState } from './state.ts'
import { useChatWindow } from './windows.ts'
import { say } from './words.ts'

const Composer = lazy(() => import('./composer/composer.tsx').then(part => ({ default: part.Composer })))

export function Conversation({ chat: id }: { readonly chat: number }) {
  const chat = useRow(stores().chats.views, id)
  const window = useChatWindow(id)
  const [store] = useState(openChatStore)
  const openChat = useMemo<OpenChat | null>(
    () => (chat === undefined || chat === null ? null : { chat, window, store }),
    [chat, window, store],
  )
  if (openChat === null) return <NotThere isGone={chat === null} />
  return (
    <OpenChatContext value={openChat}>
      <Opened />
    </OpenChatContext>
  )
}

/** Instead of a chat: it is on its way, or there is none. Chats are kept by the node alone. */
function NotThere({ isGone }: { readonly isGone: boolean }) {
  const isOffline = useConnection(state => state.phase !== 'ready' && state.phase !== 'connecting')
  return (
    <div className={css['middle']}>
      {isGone ? (
        <EmptyState title={say('gone')} action={<Link href="/">{say('back')}</Link>} />
      ) : isOffline ? (
        <EmptyState title={say('away')}>{say('awayAbout')}</EmptyState>
      ) : (
        <Spinner label={say('loading')} />
      )}
    </div>
  )
}

function Opened() {
  const openChat = useOpenChat()
  const { chat, store } = openChat
  const isSearching = useOpenChatState(state => state.isSearching)
  const asked = useAskedMessage()
  const [, go] = useLocation()
  useActions(useMemo(() => chatActions(openChat, go), [openChat, go]))
  useEffect(() => {
    if (asked !== null) jumpTo({ store } as OpenChat, asked)
  }, [asked, store])
  return (
    <DropZone chat={chat.id} name={plainLine(chat.name)} canSend={chat.canSend}>
      <Header />
      {isSearching ? <SearchBar /> : null}
      <MessageList message={asked} />
      <Foot />
      <Overlays />
    </DropZone>
  )
}

/** Where one writes, or why one cannot. */
function Foot() {
  const { chat } = useOpenChat()
  const chosen = useOpenChatState(state => state.chosen)
  if (chosen !== null) return <SelectionBar chosen={chosen} />
  if (chat.request) return <RequestBar view={chat} />
  if (!chat.canSend) {
    return <p className={css['why']}>{chat.cannotSendWhy === '' ? say('cannotWrite') : chat.cannotSendWhy}</p>
  }
  return (
    <Suspense fallback={<div className={css['composer']} />}>
      <Composer />
    </Suspense>
  )
}

/** `/chat/7?message=123`: found elsewhere, or in a notification. */
function useAskedMessage(): number | null {
  const message = Number(new URLSearchParams(useSearch()).get('message') ?? Number.NaN)
  return Number.isSafeInteger(message) && message > 0 ? message : null
}

function chatActions(openChat: OpenChat, go: (path: string) => void): readonly Action[] {
  return [
    {
      id: 'conversation.search',
      words: () => say('searchHere'),
      keys: ['Mod+F'],
      run: () => openChat.store.setState({ isSearching: true }),
    },
    {
      id: 'conversation.close',
      words: () => say('closeChat'),
      keys: ['Escape'],
      isPossible: () => canClose(openChat),
      run: () => closeChat(openChat, window.location.pathname, go),
    },
  ]
}
