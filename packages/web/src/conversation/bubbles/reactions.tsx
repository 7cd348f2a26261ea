import type { MessageView } from '@posthorn/api'
import { react } from '../doing.ts'
import { open, useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './reactions.module.css'

/** Under a message: a click adds one's own or takes it back; with the other button, or held, one sees by whom. */
export function Reactions({ message }: { readonly message: MessageView }) {
  const openChat = useOpenChat()
  if (message.reactions.length === 0) return null
  return (
    <div className={css['reactions']}>
      {message.reactions.map(({ emoji, count, mine }) => (
        <button
          key={emoji}
          type="button"
          className={css['reaction']}
          aria-pressed={mine}
          aria-label={say('reactionBy', { emoji, count })}
          onClick={() => react(message.id, mine ? '' : emoji)}
          onContextMenu={event => {
            event.preventDefault()
            event.stopPropagation()
            open(openChat, { kind: 'reactions', message })
          }}
        >
          <span aria-hidden>{emoji}</span>
          {count > 1 ? <span aria-hidden>{count}</span> : null}
        </button>
      ))}
    </div>
  )
}
