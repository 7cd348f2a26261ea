/** A line of the list: what begins there, the message, and what can be done with it. */
import type { MessageView } from '@posthorn/api'
import { Check } from 'lucide-react'
import { memo, useState } from 'react'
import type { OutboxItem } from '../../device/index.ts'
import { clockTime, dayName } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar } from '../../ui/index.ts'
import { Bubble } from '../bubbles/bubble.tsx'
import { summaryOf } from '../bubbles/kind-name.ts'
import { Reactions } from '../bubbles/reactions.tsx'
import { Tools } from '../menu/tools.tsx'
import { beginReply, choose, useOpenChat, useOpenChatState } from '../state.ts'
import { say } from '../words.ts'
import css from './row.module.css'
import { useSwipe } from './swipe.ts'

export interface RowProps {
  readonly message: MessageView
  /** Of those that stand together. */
  readonly isFirst: boolean
  readonly isLast: boolean
  /** In groups: who wrote it. */
  readonly showsSender: boolean
  /** A time of the day that begins here. */
  readonly day: number | null
  readonly isFirstUnread: boolean
  readonly waiting: OutboxItem | null
}

export const MessageRow = memo(function MessageRow(props: RowProps) {
  const { message, day, isFirstUnread } = props
  return (
    <>
      {day === null ? null : (
        <div className={css['mark']}>
          <span className={css['day']}>{dayName(day, Date.now())}</span>
        </div>
      )}
      {isFirstUnread ? (
        <div className={css['unread']}>
          <span>{say('unreadBelow')}</span>
        </div>
      ) : null}
      {message.info ? <Notice message={message} /> : <Message {...props} />}
    </>
  )
})

function Notice({ message }: { readonly message: MessageView }) {
  return (
    <div className={css['mark']}>
      <p className={css['notice']} dir="auto">
        {message.text}
      </p>
    </div>
  )
}

function Message({ message, isFirst, isLast, showsSender, waiting }: RowProps) {
  const openChat = useOpenChat()
  const [isNear, setNear] = useState(false)
  const isChoosing = useOpenChatState(state => state.chosen !== null)
  const isChosen = useOpenChatState(state => state.chosen?.has(message.id) === true)
  const isTarget = useOpenChatState(state => state.target?.message === message.id)
  const swipe = useSwipe(() => beginReply(openChat, message))
  const isOnNode = waiting === null
  const isOther = showsSender && !message.mine
  return (
    <article
      tabIndex={-1}
      data-message={message.id}
      aria-label={labelOf(message)}
      className={css['row']}
      data-mine={message.mine || undefined}
      data-last={isLast || undefined}
      data-chosen={isChosen || undefined}
      data-target={isTarget || undefined}
      onPointerEnter={event => setNear(event.pointerType === 'mouse')}
      onPointerLeave={() => setNear(false)}
      onFocus={() => setNear(true)}
      onBlur={event => {
        // The tools beside it have the focus then: they must stay to be pressed.
        if (!event.currentTarget.contains(event.relatedTarget)) setNear(false)
      }}
      {...(isOnNode ? swipe.events : {})}
    >
      {isChoosing && isOnNode ? <Chooser message={message} isChosen={isChosen} /> : null}
      {isOther ? (
        <span className={css['picture']}>
          {isLast ? <Avatar name="" avatar={message.from.avatar} size={2} /> : null}
        </span>
      ) : null}
      <div className={css['message']} style={swipe.style}>
        <Bubble message={message} showsName={isOther && isFirst} isLast={isLast} waiting={waiting} />
        <Reactions message={message} />
      </div>
      {isNear && !isChoosing && isOnNode ? <Tools message={message} /> : null}
    </article>
  )
}

function Chooser({ message, isChosen }: { readonly message: MessageView; readonly isChosen: boolean }) {
  const openChat = useOpenChat()
  const turn = () => choose(openChat, message.id)
  return (
    <label className={css['chooser']}>
      <input type="checkbox" checked={isChosen} aria-label={labelOf(message)} onChange={turn} />
      <span className={css['tick']}>{isChosen ? <Check aria-hidden size={14} strokeWidth={3} /> : null}</span>
    </label>
  )
}

function labelOf(message: MessageView): string {
  const name = message.mine ? say('ownMessage') : plainLine(message.from.name)
  return say('messageLabel', { name, time: clockTime(message.sentAt), text: summaryOf(message) })
}
