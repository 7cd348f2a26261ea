import { Bookmark, Copy, Forward, Trash2, X } from 'lucide-react'
import { useEffect } from 'react'
import { fullTime } from '../i18n/index.ts'
import { plainLine } from '../text/line.ts'
import { IconButton } from '../ui/index.ts'
import css from './conversation.module.css'
import { copy, keep } from './doing.ts'
import { open, useOpenChat } from './state.ts'
import { say } from './words.ts'

/** In place of the composer, while messages are chosen. */
export function SelectionBar({ chosen }: { readonly chosen: ReadonlySet<number> }) {
  const openChat = useOpenChat()
  const { window: opened, store, chat } = openChat
  const { listing, loaded } = opened.state.getState()
  // In the order of the chat, however they were chosen.
  const ids = [...chosen].sort((one, other) => (listing.places.get(one) ?? 0) - (listing.places.get(other) ?? 0))
  const end = () => store.setState({ chosen: null })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      store.setState({ chosen: null })
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [store])
  const copyAll = () => {
    const texts = ids.flatMap(id => {
      const message = loaded.get(id)
      if (message === undefined || message.text === '') return []
      const name = message.mine ? say('you') : plainLine(message.from.name)
      return [ids.length === 1 ? message.text : `[${fullTime(message.sentAt)}] ${name}: ${message.text}`]
    })
    void copy(texts.join('\n'))
    end()
  }
  return (
    <div className={css['selection']} role="toolbar" aria-label={say('chosen', { count: ids.length })}>
      <IconButton icon={X} label={say('endChoosing')} keys="Esc" onClick={end} />
      <span className={css['chosen']} role="status">
        {say('chosen', { count: ids.length })}
      </span>
      <IconButton icon={Copy} label={say('copy')} onClick={copyAll} />
      <IconButton icon={Forward} label={say('forward')} onClick={() => open(openChat, { kind: 'forward', ids })} />
      {chat.self ? null : (
        <IconButton
          icon={Bookmark}
          label={say('save')}
          onClick={() => {
            keep(ids, true)
            end()
          }}
        />
      )}
      <IconButton
        icon={Trash2}
        look="danger"
        label={say('remove')}
        onClick={() => open(openChat, { kind: 'delete', ids })}
      />
    </div>
  )
}
