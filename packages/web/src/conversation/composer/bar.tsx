import { Pencil, Reply, X } from 'lucide-react'
import { useEffect } from 'react'
import { IconButton } from '../../ui/index.ts'
import { Quote } from '../bubbles/quote.tsx'
import { jumpTo, quoteOf, useOpenChat, useOpenChatState } from '../state.ts'
import { say } from '../words.ts'
import css from './composer.module.css'

/** Above the field: what is answered, or changed. */
export function Bar() {
  const openChat = useOpenChat()
  const reply = useOpenChatState(state => state.reply)
  const editing = useOpenChatState(state => state.editing)
  const quote = editing === null ? reply : quoteOf(editing)
  const end = () => openChat.store.setState({ reply: null, editing: null })
  useEscape(quote !== null, end)
  if (quote === null) return null
  const Icon = editing === null ? Reply : Pencil
  const { message } = quote
  return (
    <div className={css['bar']}>
      <Icon aria-hidden size={20} className={css['barIcon']} />
      <section className={css['barQuote']} aria-label={say(editing === null ? 'reply' : 'editing')}>
        <Quote quote={quote} onOpen={message === null ? undefined : () => jumpTo(openChat, message)} />
      </section>
      <IconButton icon={X} label={say(editing === null ? 'cancelReply' : 'cancelEdit')} keys="Esc" onClick={end} />
    </div>
  )
}

function useEscape(isMeant: boolean, run: () => void): void {
  useEffect(() => {
    if (!isMeant) return
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
      if (document.querySelector('dialog[open], [role="menu"]') !== null) return
      event.preventDefault()
      run()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  })
}
