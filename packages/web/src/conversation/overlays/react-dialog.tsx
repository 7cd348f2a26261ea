import type { MessageView } from '@posthorn/api'
import { Suspense, useState } from 'react'
import { Dialog, Spinner } from '../../ui/index.ts'
import { EmojiPicker } from '../composer/emoji-button.tsx'
import { quickEmoji, rememberEmoji } from '../composer/last-emoji.ts'
import { react } from '../doing.ts'
import { say } from '../words.ts'
import css from './overlays.module.css'

interface Props {
  readonly message: MessageView
  readonly onClose: () => void
}

/** Six that are used most, and below them all others. */
export function ReactDialog({ message, onClose }: Props) {
  const [quick] = useState(quickEmoji)
  const own = new Set(message.reactions.filter(({ mine }) => mine).map(({ emoji }) => emoji))
  const choose = (emoji: string) => {
    rememberEmoji(emoji)
    react(message.id, own.has(emoji) ? '' : emoji)
    onClose()
  }
  return (
    <Dialog title={say('react')} onClose={onClose} bare>
      <div className={css['quick']}>
        {quick.map(emoji => (
          <button
            key={emoji}
            type="button"
            className={css['one']}
            aria-pressed={own.has(emoji)}
            onClick={() => choose(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      <Suspense fallback={<Spinner />}>
        <EmojiPicker onChoose={choose} />
      </Suspense>
    </Dialog>
  )
}
