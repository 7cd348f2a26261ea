import type { ReactNode } from 'react'
import css from './row.module.css'

interface RowProps {
  readonly start?: ReactNode
  readonly title: ReactNode
  readonly text?: ReactNode
  readonly end?: ReactNode
}

/** A line of a list: picture, two lines of text, and what stands at its end. Put it into a link or button. */
export function Row({ start, title, text, end }: RowProps) {
  return (
    <span className={css['row']}>
      {start}
      <span className={css['texts']}>
        <span className={css['title']}>{title}</span>
        {text === undefined ? null : <span className={css['text']}>{text}</span>}
      </span>
      {end === undefined ? null : <span className={css['end']}>{end}</span>}
    </span>
  )
}
