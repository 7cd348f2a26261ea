import { MessagesSquare } from 'lucide-react'
import { type ReactNode, Suspense, useRef } from 'react'
import { ChatInfo, ChatList } from '../chats/index.tsx'
import { Conversation } from '../conversation/index.tsx'
import { EmptyState, HiddenHeading, Split } from '../ui/index.ts'
import { Loading } from './loading.tsx'
import { say } from './words.ts'

/** `/`, `/archive`, `/chat/7`, and pages of one chat such as `/chat/7/info`. */
export const chatPaths = /^\/(?:archive\/?|chat\/[1-9]\d{0,14}(?:\/.*)?)?$/

/** The list, beside it a conversation, and beside that what is known of it; on a phone one of them at a time. */
export function ChatsPage({ path }: { readonly path: string }) {
  const [, area, id, part] = path.split('/')
  const chat = area === 'chat' ? Number(id) : undefined
  const archived = useArchive(area)
  const shows = chat === undefined ? 'list' : part === 'info' ? 'more' : 'content'
  const list = (
    <>
      {area === '' ? <HiddenHeading>{say('chats')}</HiddenHeading> : null}
      <ChatList chosen={chat ?? null} archived={archived} />
    </>
  )
  if (chat === undefined) {
    return (
      <Split shows={shows} list={list}>
        <EmptyState icon={MessagesSquare} title={say('chooseChat')}>
          {say('chooseChatAbout')}
        </EmptyState>
      </Split>
    )
  }
  return (
    <Split shows={shows} list={list} more={shows === 'more' ? inTime(<ChatInfo key={chat} chat={chat} />) : undefined}>
      {inTime(<Conversation key={chat} chat={chat} />)}
    </Split>
  )
}

/** Its code is loaded when it is first shown. */
const inTime = (content: ReactNode) => <Suspense fallback={<Loading />}>{content}</Suspense>

/** Whoever opens a chat of the archive stays in the archive. */
function useArchive(area: string | undefined): boolean {
  const archived = useRef(false)
  if (area !== 'chat') archived.current = area === 'archive'
  return archived.current
}
