import type { ChatRow, SendState } from '@posthorn/api'
import { BadgeCheck, BellOff, Check, CheckCheck, Clock3, Pin, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'wouter'
import { stores, useRow } from '../../stores/index.ts'
import { Aloud, Avatar, ContextMenu, CountBadge, classes, Label } from '../../ui/index.ts'
import { nameOf, type RowText, textOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './list.module.css'
import { menuOf } from './row-menu.ts'

interface RowProps {
  readonly id: number
  readonly chosen: boolean
  readonly now: number
  readonly tabIndex: 0 | -1
  readonly go: (path: string) => void
}

/** One chat of the list: a link to it, with a menu behind the other button, a long press, or the menu key. */
export function ChatLine({ id, ...rest }: RowProps) {
  const row = useRow(stores().chats.rows, id)
  if (row === undefined) return <RowShape />
  // It is gone, and the list will be told so in a moment.
  return row === null ? <RowShape /> : <ChatRowLink row={row} {...rest} />
}

const ChatRowLink = memo(function ChatRowLink(props: Omit<RowProps, 'id'> & { readonly row: ChatRow }) {
  const { row, chosen, now, tabIndex, go } = props
  const text = textOf(row, now)
  return (
    <ContextMenu items={menuOf(row, go)}>
      <Link
        href={`/chat/${row.id}`}
        className={classes(css['row'], chosen && css['chosen'])}
        aria-current={chosen ? 'page' : undefined}
        tabIndex={tabIndex}
        draggable={false}
      >
        <Avatar name={nameOf(row)} avatar={row.avatar} square={row.kind !== 'single'} />
        <Aloud>{text.aloud}</Aloud>
        <span aria-hidden className={css['texts']}>
          <NameLine row={row} text={text} />
          <LastLine row={row} text={text} />
        </span>
      </Link>
    </ContextMenu>
  )
})

function NameLine({ row, text }: { readonly row: ChatRow; readonly text: RowText }) {
  return (
    <span className={css['line']}>
      <bdi className={css['name']}>{text.name}</bdi>
      {row.verified && !row.self ? <BadgeCheck aria-hidden size={16} className={css['verified']} /> : null}
      {row.muted ? <BellOff aria-hidden size={14} className={css['mark']} /> : null}
      <span className={css['time']}>
        <StateMark state={row.last.state} />
        {text.time}
      </span>
    </span>
  )
}

function LastLine({ row, text }: { readonly row: ChatRow; readonly text: RowText }) {
  return (
    <span className={css['line']}>
      <span className={css['what']}>
        <span className={css['cut']} dir="auto">
          {row.last.draft ? <bdi className={css['draft']}>{say('draft')}</bdi> : null}
          <Who name={text.who} />
          {` ${text.what}`}
        </span>
      </span>
      {row.request ? <Label tone="accent">{say('requestBadge')}</Label> : null}
      {row.unread > 0 ? <CountBadge count={row.unread} muted={row.muted} /> : null}
      {row.pinned && row.unread === 0 ? <Pin aria-hidden size={14} className={css['mark']} /> : null}
    </span>
  )
}

/** Who wrote it, before what they wrote; whichever way their name is written. */
export function Who({ name }: { readonly name: string }) {
  if (name === '') return null
  return <span className={css['who']}>{say.parts('who', { who: <bdi key="who">{name}</bdi> })}</span>
}

const marks = { sending: Clock3, sent: Check, failed: TriangleAlert, read: CheckCheck } as const

/** How far the last message of one's own is: two ticks only when its reader said so. */
function StateMark({ state }: { readonly state: SendState | null }) {
  if (state === null) return null
  const Mark = marks[state]
  return <Mark aria-hidden size={15} className={css[state]} />
}

/** Where a row will be. */
function RowShape() {
  return (
    <span className={css['row']} aria-hidden>
      <span className={css['shape-avatar']} />
      <span className={css['texts']}>
        <span className={css['shape-line']} />
        <span className={classes(css['shape-line'], css['shape-long'])} />
      </span>
    </span>
  )
}
