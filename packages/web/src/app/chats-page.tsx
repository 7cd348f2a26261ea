import { MessagesSquare } from 'lucide-react'
import { Suspense, useRef } from 'react'
import { ChatInfo, ChatList } from '../chats/index.tsx'
import { Conversation } from '../conversation/index.tsx'
import { EmptyState, HiddenHeading } from '../ui/index.ts'
import css from './chats-page.module.css'
import { Loading } from './loading.tsx'
import { say } from './words.ts'

/** `/`, `/archive`, `/chat/7`, and pages of one chat such as `/chat/7/info`. */
export const chatPaths = /^\/(?:archive\/?|chat\/[1-9]\d{0,14}(?:\/.*)?)?$/

/** The list, beside it a conversation, and beside that what is known of it; on a phone one of them at a time. */
export function ChatsPage({ path }: { readonly path: string }) {
  const [, area, id, part] = path.split('/')
  const chat = area === 'chat' ? Number(id) : undefined
  const archived = useArchive(area)
  const shows = chat === undefined ? 'list' : part === 'info' ? 'info' : 'content'
  return (
    <div className={css['split']} data-shows={shows}>
      {area === '' ? <HiddenHeading>{say('chats')}</HiddenHeading> : null}
      <div className={css['list']}>
        <ChatList chosen={chat ?? null} archived={archived} />
      </div>
      <div className={css['content']}>
        {chat === undefined ? (
          <EmptyState icon={MessagesSquare} title={say('chooseChat')}>
            {say('chooseChatAbout')}
          </EmptyState>
        ) : (
          <Suspense fallback={<Loading />}>
            <Conversation key={chat} chat={chat} />
          </Suspense>
        )}
      </div>
      {chat !== undefined && shows === 'info' ? (
        <div className={css['info']}>
          <Suspense fallback={<Loading />}>
            <ChatInfo key={chat} chat={chat} />
          </Suspense>
        </div>
      ) : null}
    </div>
  )
}

/** Whoever opens a chat of the archive stays in the archive. */
function useArchive(area: string | undefined): boolean {
  const archived = useRef(false)
  if (area !== 'chat') archived.current = area === 'archive'
  return archived.current
}
