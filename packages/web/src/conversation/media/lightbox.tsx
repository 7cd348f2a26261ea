/** Photos of a chat, large: one after another, nearer and farther. */
import type { MessageView } from '@posthorn/api'
import { ChevronLeft, ChevronRight, Download, MessageSquare, X, ZoomIn, ZoomOut } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../../api/index.ts'
import { fullTime } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { IconButton } from '../../ui/index.ts'
import { Place } from '../../ui/place.ts'
import { IconButtonLink } from '../bubbles/icon-link.tsx'
import { jumpTo, useOpenChat } from '../state.ts'
import { MessageText } from '../text/message-text.tsx'
import { say } from '../words.ts'
import css from './lightbox.module.css'
import { usePinch } from './pinch.ts'

interface Props {
  readonly first: number
  readonly onClose: () => void
}

export function Lightbox({ first, onClose }: Props) {
  const openChat = useOpenChat()
  const [, goTo] = useLocation()
  const dialog = useRef<HTMLDialogElement>(null)
  const { ids, message, at, go } = usePhotos(first)
  const pinch = usePinch(at, step => go(step))
  const [place, setPlace] = useState<HTMLElement | null>(null)
  useEffect(() => {
    dialog.current?.showModal()
    dialog.current?.focus()
    setPlace(dialog.current)
  }, [])
  const leave = (message: number) => {
    goTo(`/chat/${openChat.window.chat}`)
    jumpTo(openChat, message)
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(isRightToLeft() ? 1 : -1),
    ArrowRight: () => go(isRightToLeft() ? -1 : 1),
    '+': pinch.nearer,
    '-': pinch.farther,
    '0': pinch.reset,
  }
  const press = (event: KeyboardEvent) => {
    const run = keys[event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }
  const file = message?.file ?? null
  const from = plainLine(message?.from.name ?? '')
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      className={css['box']}
      aria-label={say('photoOf', { place: at + 1, count: ids.length, name: from })}
      onKeyDown={press}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
    >
      <Place value={place}>
        <Head message={message} pinch={pinch} onLeave={leave} onClose={onClose} />
        <div className={css['stage']} {...pinch.events}>
          {file?.path == null ? null : (
            <img
              key={file.path}
              className={css['photo']}
              src={file.path}
              alt={plainLine(file.name)}
              draggable={false}
              style={pinch.style}
            />
          )}
        </div>
        <Arrows at={at} count={ids.length} go={go} />
        <Caption message={message} />
      </Place>
    </dialog>
  )
}

interface HeadProps {
  readonly message: MessageView | undefined
  readonly pinch: ReturnType<typeof usePinch>
  readonly onLeave: (message: number) => void
  readonly onClose: () => void
}

function Head({ message, pinch, onLeave, onClose }: HeadProps) {
  const file = message?.file ?? null
  const name = plainLine(file?.name ?? '')
  const from = plainLine(message?.from.name ?? '')
  return (
    <header className={css['head']}>
      <span className={css['who']}>
        <bdi>{from}</bdi>
        <span className={css['when']}>{message === undefined ? '' : fullTime(message.sentAt)}</span>
      </span>
      <IconButton icon={ZoomOut} label={say('zoomOut')} keys="-" onClick={pinch.farther} />
      <IconButton icon={ZoomIn} label={say('zoomIn')} keys="+" onClick={pinch.nearer} />
      {message === undefined ? null : (
        <IconButton icon={MessageSquare} label={say('showInChat')} onClick={() => onLeave(message.id)} />
      )}
      {file?.path == null ? null : (
        <IconButtonLink icon={Download} label={say('download', { name })} href={file.path} download={name} />
      )}
      <IconButton icon={X} label={say('close')} keys="Esc" onClick={onClose} />
    </header>
  )
}

function Caption({ message }: { readonly message: MessageView | undefined }) {
  if (message === undefined || message.text === '') return null
  return (
    <div className={css['caption']}>
      <MessageText text={message.text} />
    </div>
  )
}

function Arrows(props: { readonly at: number; readonly count: number; readonly go: (step: number) => void }) {
  const { at, count, go } = props
  return (
    <>
      {at > 0 ? (
        <span className={css['before']}>
          <IconButton icon={ChevronLeft} label={say('previous')} onClick={() => go(-1)} />
        </span>
      ) : null}
      {at < count - 1 ? (
        <span className={css['after']}>
          <IconButton icon={ChevronRight} label={say('next')} onClick={() => go(1)} />
        </span>
      ) : null}
    </>
  )
}

function isRightToLeft(): boolean {
  return document.documentElement.dir === 'rtl'
}

/** All photos of the chat, the oldest first, and the one that is shown. */
function usePhotos(first: number) {
  const { window } = useOpenChat()
  const [ids, setIds] = useState<readonly number[]>([first])
  const [current, setCurrent] = useState(first)
  const [message, setMessage] = useState<MessageView | undefined>(() => window.state.getState().loaded.get(first))
  useEffect(() => {
    let isGone = false
    api.call('chats.media', { chat: window.chat, kinds: ['image', 'gif', 'sticker'] }).then(
      found => {
        if (!isGone && found.ids.includes(first)) setIds(found.ids.toReversed())
      },
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [window, first])
  useEffect(() => {
    let isGone = false
    window.find(current).then(
      found => {
        if (!isGone && found !== undefined) setMessage(found)
      },
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [window, current])
  const at = Math.max(0, ids.indexOf(current))
  const go = (step: number) => setCurrent(ids[at + step] ?? current)
  return { ids, message, at, go }
}
