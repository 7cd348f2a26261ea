/** What somebody wrote: text with links in it, never markup. */
import { memo, useState } from 'react'
import { say } from '../words.ts'
import { largeEmoji } from './emoji.ts'
import { piecesOf } from './links.ts'
import css from './message-text.module.css'
import { shortened } from './safe.ts'

/** A message longer than this is shown in part, until somebody wants all of it. */
const foldedLetters = 3000

interface Props {
  readonly text: string
  /** Beside nothing else: a few emoji are shown large. */
  readonly alone?: boolean
}

export const MessageText = memo(function MessageText({ text, alone = false }: Props) {
  const [isOpen, setOpen] = useState(false)
  const isLong = text.length > foldedLetters + 500
  const shown = isLong && !isOpen ? shortened(text, foldedLetters) : text
  const large = alone ? largeEmoji(text) : 0
  if (large > 0) {
    return (
      <p className={css['emoji']} data-count={large} dir="auto">
        {text}
      </p>
    )
  }
  return (
    <>
      <p className={css['text']} dir="auto">
        <Linked text={shown} />
      </p>
      {isLong ? (
        <button type="button" className={css['fold']} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? say('showLess') : say('showMore')}
        </button>
      ) : null}
    </>
  )
})

/** Text in which links can be followed, in a tab of their own that knows nothing of this one. */
export function Linked({ text }: { readonly text: string }) {
  return piecesOf(text).map(({ text: piece, href, at }) =>
    href === null ? (
      piece
    ) : (
      <a key={at} href={href} title={href} target="_blank" rel="noopener noreferrer">
        {piece}
      </a>
    ),
  )
}
