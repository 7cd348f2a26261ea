/** Above the messages: with whom, and what can be done with the chat. */
import { ArrowLeft, Images, Search, ShieldCheck, Timer } from 'lucide-react'
import { Link } from 'wouter'
import { lasting } from '../i18n/index.ts'
import { stores, useRow } from '../stores/index.ts'
import { plainLine } from '../text/line.ts'
import { Avatar, IconButton } from '../ui/index.ts'
import css from './conversation.module.css'
import { useOpenChat } from './state.ts'
import { say } from './words.ts'

export function Header() {
  const { chat, store } = useOpenChat()
  const name = plainLine(chat.name)
  return (
    <header className={css['header']}>
      <Link href="/" className={css['back']} aria-label={say('back')}>
        <ArrowLeft aria-hidden size={22} />
      </Link>
      <Link href={`/chat/${chat.id}/info`} className={css['title']} title={say('aboutChat')}>
        <Avatar name={name} avatar={chat.avatar} size={2.5} square={chat.kind !== 'single'} />
        <span className={css['titleText']}>
          <h1 className={css['name']}>
            <bdi>{name}</bdi>
            {chat.verified ? <ShieldCheck className={css['verified']} size={16} aria-label={say('verified')} /> : null}
          </h1>
          <Subtitle />
        </span>
      </Link>
      <IconButton
        icon={Search}
        label={say('searchHere')}
        keys="Ctrl+F"
        onClick={() => store.setState({ isSearching: true })}
      />
      <Link href={`/chat/${chat.id}/media`} className={css['headLink']} aria-label={say('media')} title={say('media')}>
        <Images aria-hidden size={20} />
      </Link>
    </header>
  )
}

function Subtitle() {
  const { chat } = useOpenChat()
  const [other] = chat.members
  const hasOther = chat.kind === 'single' && !chat.self && !chat.device
  const contact = useRow(stores().contacts.rows, hasOther ? other : undefined)
  const address = contact?.address ?? ''
  const about = chat.kind === 'single' ? plainLine(address) : say('members', { count: chat.members.length })
  return (
    <span className={css['about']}>
      <bdi>{chat.self ? say('selfAbout') : chat.device ? say('deviceAbout') : about}</bdi>
      {chat.disappearSeconds > 0 ? (
        <span className={css['timer']} title={say('disappears', { time: lasting(chat.disappearSeconds * 1000) })}>
          <Timer aria-hidden size={14} />
          {lasting(chat.disappearSeconds * 1000)}
        </span>
      ) : null}
    </span>
  )
}
