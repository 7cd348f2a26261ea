import type { QuoteView } from '@posthorn/api'
import { plainLine } from '../../text/line.ts'
import { shortened } from '../text/safe.ts'
import { kindName } from './kind-name.ts'
import css from './quote.module.css'

interface Props {
  readonly quote: QuoteView
  /** Goes to the message; none when it is not here any more. */
  readonly onOpen?: (() => void) | undefined
}

/** What a message answers to. */
export function Quote({ quote, onOpen }: Props) {
  const text = quote.text === '' ? kindName(quote.kind) : shortened(quote.text, 300)
  const inner = (
    <>
      <span className={css['texts']}>
        <span className={css['from']} dir="auto">
          {plainLine(quote.from)}
        </span>
        <span className={css['text']} dir="auto">
          {text}
        </span>
      </span>
      {quote.image === null ? null : <img className={css['image']} src={quote.image} alt="" loading="lazy" />}
    </>
  )
  const style = { '--who': quote.color ?? 'var(--line-strong)' } as React.CSSProperties
  if (onOpen === undefined || quote.message === null) {
    return (
      <div className={css['quote']} style={style}>
        {inner}
      </div>
    )
  }
  return (
    <button type="button" className={css['quote']} style={style} onClick={onOpen}>
      {inner}
    </button>
  )
}
