import type { ChatView } from '@posthorn/api'
import { BadgeCheck, Bell, BellOff, Download, Images, LogOut, Pencil, Trash2, X } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { Link, useLocation } from 'wouter'
import { useActions } from '../../actions/index.ts'
import { shortTime } from '../../i18n/index.ts'
import { stores, useRow } from '../../stores/index.ts'
import { Avatar, Button, EmptyState, IconButton, Spinner } from '../../ui/index.ts'
import { arrange } from '../deeds.ts'
import { openChatDialog } from '../dialog-store.ts'
import { canChange, canDisappear, canLeave, canMute, hasOther } from '../possible.ts'
import { RequestBar } from '../request-bar.tsx'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { BlockButton, ContactDetails } from './contact-details.tsx'
import { InfoButton } from './fact.tsx'
import css from './info.module.css'
import { Members } from './members.tsx'
import { Disappearing, Encryption } from './settings.tsx'

/** What is known of a chat, and what can be done with it: beside the conversation, or instead of it on a phone. */
export function ChatInfo({ chat }: { readonly chat: number }) {
  const [, go] = useLocation()
  const view = useRow(stores().chats.views, chat)
  const close = useCallback(() => go(`/chat/${chat}`), [chat, go])
  useActions(
    useMemo(() => [{ id: 'chat.close-info', words: () => say('closeDetails'), keys: ['Escape'], run: close }], [close]),
  )
  return (
    <aside className={css['panel']} aria-label={say('details')}>
      <header className={css['bar']}>
        <IconButton icon={X} label={say('closeDetails')} keys="Esc" onClick={close} />
        <h2>{say('details')}</h2>
      </header>
      {view === undefined ? <Spinner /> : null}
      {view === null ? <EmptyState title={say('gone')}>{say('goneText')}</EmptyState> : null}
      {view === undefined || view === null ? null : <Body view={view} go={go} />}
    </aside>
  )
}

interface BodyProps {
  readonly view: ChatView
  readonly go: (path: string) => void
}

function Body({ view, go }: BodyProps) {
  const [other] = view.members
  const isShared = view.kind === 'group' || view.kind === 'channel-out' || view.kind === 'mailing-list'
  return (
    <div className={css['body']}>
      <Head view={view} />
      {view.request ? <RequestBar view={view} /> : null}
      {hasOther(view) && other !== undefined ? <ContactDetails contact={other} go={go} /> : null}
      {canMute(view) || canDisappear(view) ? (
        <section className={css['part']}>
          <h3>{say('settings')}</h3>
          {canMute(view) ? <Mute view={view} /> : null}
          {canDisappear(view) ? <Disappearing view={view} /> : null}
        </section>
      ) : null}
      <section className={css['part']}>
        <Link className={css['deed']} href={`/chat/${view.id}/media`}>
          <Images aria-hidden size={20} />
          {say('media')}
        </Link>
        <a className={css['deed']} href={`/api/v1/export/${view.id}`} download title={say('exportHint')}>
          <Download aria-hidden size={20} />
          {say('export')}
        </a>
      </section>
      {view.device ? null : <Encryption view={view} />}
      {isShared ? <Members view={view} /> : null}
      <section className={css['part']}>
        {hasOther(view) && other !== undefined ? <BlockButton contact={other} /> : null}
        {canLeave(view) ? (
          <InfoButton danger icon={LogOut} onClick={() => openChatDialog({ kind: 'leave', chat: view.id })}>
            {say('leaveChat')}
          </InfoButton>
        ) : null}
        <InfoButton danger icon={Trash2} onClick={() => openChatDialog({ kind: 'delete', chat: view.id })}>
          {say('deleteChat')}
        </InfoButton>
      </section>
    </div>
  )
}

function Head({ view }: { readonly view: ChatView }) {
  return (
    <div className={css['head']}>
      <Avatar name={nameOf(view)} avatar={view.avatar} size={6} square={view.kind !== 'single'} />
      <h3 className={css['name']}>
        <bdi>{nameOf(view)}</bdi>
        {view.verified ? <BadgeCheck size={18} className={css['verified']} aria-label={say('verified')} /> : null}
      </h3>
      <p className={css['about']}>{aboutOf(view)}</p>
      {view.description === '' ? null : (
        <p className={css['description']} dir="auto">
          {view.description}
        </p>
      )}
      {canChange(view) ? (
        <Button icon={<Pencil aria-hidden size={16} />} onClick={() => openChatDialog({ kind: 'edit', chat: view.id })}>
          {say('edit')}
        </Button>
      ) : null}
    </div>
  )
}

function aboutOf(view: ChatView): string {
  const count = view.members.length
  if (view.self) return say('isSelf')
  if (view.device) return say('device')
  switch (view.kind) {
    case 'single':
      return ''
    case 'group':
      return say('members', { count })
    case 'channel-out':
      return say('readers', { count })
    case 'channel-in':
      return say('isChannel')
    case 'mailing-list':
      return say('mailingList')
  }
}

function Mute({ view }: { readonly view: ChatView }) {
  const { mutedUntil } = view
  const isMuted = mutedUntil !== null
  const state = !isMuted
    ? say('notificationsOn')
    : mutedUntil === 'always'
      ? say('mutedAlways')
      : say('mutedUntil', { time: shortTime(mutedUntil, Date.now()) })
  const change = () => {
    if (isMuted) void arrange(view.id, { mute: 0 })
    else openChatDialog({ kind: 'mute', chat: view.id })
  }
  return (
    <div className={css['setting']}>
      {isMuted ? <BellOff aria-hidden size={20} /> : <Bell aria-hidden size={20} />}
      <span className={css['setting-texts']}>
        <span>{say('notifications')}</span>
        <span className={css['setting-state']}>{state}</span>
      </span>
      <Button look="quiet" onClick={change}>
        {isMuted ? say('unmute') : say('mute')}
      </Button>
    </div>
  )
}
