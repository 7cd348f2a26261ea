/** All photos, files, sounds and links of a chat. */
import type { MessageKind, MessageView } from '@posthorn/api'
import { useEffect, useState } from 'react'
import { api } from '../../api/index.ts'
import { shortTime } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { Button, classes, Dialog, Spinner } from '../../ui/index.ts'
import { FileCard } from '../bubbles/file-card.tsx'
import { Sound } from '../bubbles/sound.tsx'
import { told } from '../doing.ts'
import { jumpTo, open, useOpenChat } from '../state.ts'
import { piecesOf } from '../text/links.ts'
import { Linked } from '../text/message-text.tsx'
import { say } from '../words.ts'
import css from './gallery.module.css'

const kinds = {
  photos: ['image', 'gif', 'video'],
  files: ['file', 'vcard', 'app'],
  audio: ['voice', 'audio'],
  links: null,
} as const satisfies Readonly<Record<string, readonly MessageKind[] | null>>
type Tab = keyof typeof kinds

const pageRows = 60

export function Gallery({ onClose }: { readonly onClose: () => void }) {
  const [tab, setTab] = useState<Tab>('photos')
  const names: Readonly<Record<Tab, string>> = {
    photos: say('galleryPhotos'),
    files: say('galleryFiles'),
    audio: say('galleryAudio'),
    links: say('galleryLinks'),
  }
  return (
    <Dialog title={say('galleryTitle')} size="large" onClose={onClose}>
      <div className={css['tabs']} role="tablist" aria-label={say('galleryTitle')}>
        {(Object.keys(kinds) as Tab[]).map(name => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={name === tab}
            className={css['tab']}
            onClick={() => setTab(name)}
          >
            {names[name]}
          </button>
        ))}
      </div>
      <Found key={tab} tab={tab} onLeave={onClose} />
    </Dialog>
  )
}

interface FoundProps {
  readonly tab: Tab
  /** To a message in the chat. */
  readonly onLeave: () => void
}

function Found({ tab, onLeave }: FoundProps) {
  const { messages, more } = useMedia(tab)
  if (messages === undefined) return <Spinner />
  const shown =
    tab === 'links' ? messages.filter(({ text }) => piecesOf(text).some(({ href }) => href !== null)) : messages
  if (shown.length === 0 && more === undefined) return <p className={css['none']}>{say('galleryEmpty')}</p>
  return (
    <>
      <ul className={classes(tab === 'photos' ? css['grid'] : css['lines'])}>
        {shown.map(message => (
          <li key={message.id}>
            <Item message={message} tab={tab} onLeave={onLeave} />
          </li>
        ))}
      </ul>
      {more === undefined ? null : (
        <Button wide onClick={more}>
          {say('previous')}
        </Button>
      )}
    </>
  )
}

function Item({ message, tab, onLeave }: FoundProps & { readonly message: MessageView }) {
  const openChat = useOpenChat()
  const leave = () => {
    onLeave()
    jumpTo(openChat, message.id)
  }
  const path = message.file?.path ?? null
  if (tab === 'photos') {
    const isFilm = message.kind === 'video'
    const show = () => (isFilm ? leave() : open(openChat, { kind: 'photo', message: message.id }))
    const label = say('openPhoto', { name: plainLine(message.file?.name ?? '') })
    return (
      <button type="button" className={css['photo']} aria-label={label} onClick={show}>
        {path === null || isFilm ? say('video') : <img src={path} alt="" loading="lazy" decoding="async" />}
      </button>
    )
  }
  const from = message.mine ? say('you') : plainLine(message.from.name)
  return (
    <div className={css['line']}>
      {tab === 'links' ? <LinksOf message={message} /> : null}
      {tab === 'audio' && message.file !== null ? (
        <Sound file={message.file} isVoice={message.kind === 'voice'} />
      ) : null}
      {tab === 'files' && message.file !== null ? <FileCard file={message.file} /> : null}
      <button type="button" className={css['from']} onClick={leave}>
        <bdi>{from}</bdi>
        {` · ${shortTime(message.sentAt, Date.now())}`}
      </button>
    </div>
  )
}

function LinksOf({ message }: { readonly message: MessageView }) {
  const links = piecesOf(message.text).filter(({ href }) => href !== null)
  return links.map(({ text, href }) => (
    <span key={href} className={css['link']} dir="auto">
      <Linked text={text} />
    </span>
  ))
}

/** The latest first, some at a time. Links are found in the texts that have `http` in them. */
function useMedia(tab: Tab) {
  const { window } = useOpenChat()
  const [ids, setIds] = useState<readonly number[]>()
  const [count, setCount] = useState(pageRows)
  const [messages, setMessages] = useState<readonly MessageView[]>()
  useEffect(() => {
    let isGone = false
    const wanted = kinds[tab]
    const { chat } = window
    const found =
      wanted === null
        ? api.call('messages.search', { query: 'http', chat })
        : api.call('chats.media', { chat, kinds: [...wanted] })
    void told(found).then(answer => {
      if (!isGone) setIds(answer?.ids ?? [])
    })
    return () => {
      isGone = true
    }
  }, [tab, window])
  useEffect(() => {
    if (ids === undefined) return
    let isGone = false
    const next = ids.slice(count - pageRows, count)
    const found = next.length === 0 ? Promise.resolve([]) : told(api.call('messages.get', { ids: next }))
    void found.then(page => {
      if (!isGone) setMessages(before => [...(before ?? []), ...(page ?? [])])
    })
    return () => {
      isGone = true
    }
  }, [ids, count])
  const more = ids !== undefined && count < ids.length ? () => setCount(count + pageRows) : undefined
  return { messages, more }
}
