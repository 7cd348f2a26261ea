/** The small line at the end of a bubble: when, and of one's own how far. */
import type { MessageView, SendState } from '@posthorn/api'
import { ArrowUp, Bookmark, CircleAlert, Clock3, Eye, Hourglass, LockOpen, type LucideIcon, Timer } from 'lucide-react'
import { clockTime, fullTime, lasting } from '../../i18n/index.ts'
import { Track } from '../../journeys/index.tsx'
import { say } from '../words.ts'
import css from './meta.module.css'

interface Props {
  readonly message: MessageView
  /** Of a message that the node has not taken yet. */
  /** What is shown of one's own: its way, its state, that it is not with the node yet, or nothing. */
  readonly way: 'track' | 'state' | 'waits' | 'none'
}

export function Meta({ message, way }: Props) {
  const { edited, saved, sealed, disappearSeconds, mine, info } = message
  return (
    <span className={css['meta']}>
      {saved ? <Mark icon={Bookmark} label={say('savedMark')} /> : null}
      {sealed || info || way === 'waits' ? null : <Mark icon={LockOpen} label={say('notSealed')} />}
      {disappearSeconds > 0 ? (
        <Mark icon={Timer} label={say('disappears', { time: lasting(disappearSeconds * 1000) })} />
      ) : null}
      {edited ? <span>{say('edited')}</span> : null}
      <time dateTime={new Date(message.sentAt).toISOString()} title={fullTime(message.sentAt)}>
        {clockTime(message.sentAt)}
      </time>
      {mine ? <Way message={message} way={way} /> : null}
    </span>
  )
}

const icons: Readonly<Record<SendState, LucideIcon>> = {
  sending: Clock3,
  sent: ArrowUp,
  failed: CircleAlert,
  read: Eye,
}

function Way({ message, way }: Props) {
  const { state } = message
  if (way === 'track') return <Track message={message} short />
  if (way === 'waits') return <Mark icon={Hourglass} label={say('stateSending')} />
  if (state === null || way === 'none') return null
  const labels: Readonly<Record<SendState, string>> = {
    sending: say('stateSending'),
    sent: say('stateSent'),
    failed: say('stateFailed'),
    read: say('stateRead'),
  }
  return <Mark icon={icons[state]} label={labels[state]} tone={state} />
}

function Mark(props: { readonly icon: LucideIcon; readonly label: string; readonly tone?: string }) {
  return (
    <span className={css['mark']} role="img" aria-label={props.label} title={props.label} data-tone={props.tone}>
      <props.icon aria-hidden size={13} strokeWidth={2.25} />
    </span>
  )
}
