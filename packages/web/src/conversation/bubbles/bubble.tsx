/** One message as it is seen: what it answers, what it holds, when it was, and how far it is. */
import type { MessageView } from '@posthorn/api'
import { FileText, Forward, TriangleAlert } from 'lucide-react'
import { type OutboxItem, outbox } from '../../device/index.ts'
import { Arrival, Track } from '../../journeys/index.tsx'
import { plainLine } from '../../text/line.ts'
import { Button } from '../../ui/index.ts'
import { resend } from '../doing.ts'
import { jumpTo, type OpenChat, open, useOpenChat } from '../state.ts'
import { largeEmoji } from '../text/emoji.ts'
import { MessageText } from '../text/message-text.tsx'
import { say } from '../words.ts'
import css from './bubble.module.css'
import { AppCard, CallCard, ContactCard, Rest } from './cards.tsx'
import { FileCard } from './file-card.tsx'
import { Film } from './film.tsx'
import { Meta } from './meta.tsx'
import { Photo } from './photo.tsx'
import { Quote } from './quote.tsx'
import { Sound } from './sound.tsx'
import { Waiting } from './waiting.tsx'

interface Props {
  readonly message: MessageView
  /** The name above it: in groups, of the first of a row of messages. */
  readonly showsName: boolean
  /** Where it is stands in words under the last of one's own that stand together; under the others as a picture. */
  readonly isLast: boolean
  /** Of a message that is not on the node yet. */
  readonly waiting: OutboxItem | null
}

const pictures: ReadonlySet<string> = new Set(['image', 'gif', 'sticker', 'video'])

export function Bubble({ message, showsName, isLast, waiting }: Props) {
  const openChat = useOpenChat()
  const isPicture = pictures.has(message.kind) && message.rest === 'here' && message.file !== null
  const isBare = message.kind === 'sticker' || (message.kind === 'text' && message.quote === null && isEmoji(message))
  const isOnlyPicture = isPicture && message.text === '' && message.quote === null && !showsName && !message.forwarded
  // Of what never left the engine there is no way to show.
  const hasTrack = message.mine && waiting === null && message.state !== 'failed' && !openChat.chat.self
  return (
    <div
      className={css['bubble']}
      data-mine={message.mine || undefined}
      data-bare={isBare || undefined}
      data-picture={isPicture || undefined}
      data-only-picture={isOnlyPicture || undefined}
    >
      {showsName ? (
        <span className={css['name']} style={{ '--who': message.from.color } as React.CSSProperties} dir="auto">
          {plainLine(message.from.name)}
        </span>
      ) : null}
      {message.forwarded ? (
        <span className={css['forwarded']}>
          <Forward aria-hidden size={14} />
          {say('forwarded')}
        </span>
      ) : null}
      {message.quote === null ? null : <Quote quote={message.quote} onOpen={quoteOpener(openChat, message)} />}
      <Content message={message} isOnNode={waiting === null} />
      <Rest message={message} />
      {message.text === '' ? null : (
        <div className={css['text']}>
          <MessageText text={message.text} alone={message.kind === 'text' && message.quote === null} />
        </div>
      )}
      {message.html ? <HtmlButton message={message} /> : null}
      {hasTrack && isLast ? (
        <div className={css['foot']}>
          <Track message={message} />
          <Meta message={message} way="none" />
        </div>
      ) : (
        <span className={css['meta']}>
          <Meta message={message} way={hasTrack ? 'track' : waiting === null ? 'state' : 'waits'} />
        </span>
      )}
      {waiting === null ? <Arrival message={message} /> : null}
      <Trouble message={message} waiting={waiting} />
    </div>
  )
}

function isEmoji({ text }: MessageView): boolean {
  return text.length < 120 && largeEmoji(text) > 0
}

function quoteOpener(openChat: OpenChat, { quote }: MessageView): (() => void) | undefined {
  const to = quote?.message ?? null
  return to === null ? undefined : () => jumpTo(openChat, to)
}

function Content({ message, isOnNode }: { readonly message: MessageView; readonly isOnNode: boolean }) {
  const openChat = useOpenChat()
  const { kind, file } = message
  if (kind === 'text') return null
  if (kind === 'call') return <CallCard />
  if (kind === 'app') return <AppCard message={message} />
  if (kind === 'vcard' && message.card !== null) return <ContactCard message={message} />
  if (file === null) return null
  if (file.path !== null) {
    if (kind === 'image' || kind === 'gif' || kind === 'sticker') {
      // Whoever looks at photos large looks among those that the node has.
      const show = isOnNode ? () => open(openChat, { kind: 'photo', message: message.id }) : undefined
      return <Photo message={message} file={file} onOpen={show} />
    }
    if (kind === 'video') return <Film file={file} />
    if (kind === 'audio' || kind === 'voice') return <Sound file={file} isVoice={kind === 'voice'} />
  }
  return <FileCard file={file} />
}

function HtmlButton({ message }: { readonly message: MessageView }) {
  const openChat = useOpenChat()
  return (
    <Button
      look="quiet"
      className={css['html']}
      icon={<FileText aria-hidden size={16} />}
      onClick={() => open(openChat, { kind: 'html', message })}
    >
      {say('showHtml')}
    </Button>
  )
}

function Trouble({ message, waiting }: Pick<Props, 'message' | 'waiting'>) {
  if (waiting !== null && waiting.state !== 'failed') return <Waiting item={waiting} />
  if (message.error === '' && message.state !== 'failed') return null
  const why = message.error === '' ? say('stateFailed') : say('notSent', { why: message.error })
  return (
    <div className={css['trouble']}>
      <span className={css['why']}>
        <TriangleAlert aria-hidden size={16} />
        {message.mine ? why : message.error}
      </span>
      {message.mine ? (
        <span className={css['ways']}>
          <Button onClick={() => (waiting === null ? resend(message.id) : outbox.retry(waiting.key))}>
            {say('sendAgain')}
          </Button>
          {waiting === null ? null : (
            <Button look="quiet" onClick={() => void outbox.drop(waiting.key)}>
              {say('discard')}
            </Button>
          )}
        </span>
      ) : null}
    </div>
  )
}
