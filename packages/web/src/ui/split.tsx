import type { ReactNode } from 'react'
import { classes } from './classes.ts'
import css from './split.module.css'

interface SplitProps {
  /** Which of them where there is room for one only. */
  readonly shows: 'list' | 'content' | 'more'
  readonly list: ReactNode
  readonly narrow?: boolean
  /** Beside both; it takes the place of the content where there is room for two only. */
  readonly more?: ReactNode
  readonly children: ReactNode
}

/** A list, and beside it what is chosen there. */
export function Split({ shows, list, narrow = false, more, children }: SplitProps) {
  return (
    <div className={css['split']} data-shows={shows}>
      <div className={classes(css['list'], narrow && css['narrow'])}>{list}</div>
      <div className={css['content']}>{children}</div>
      {more === undefined ? null : <div className={css['more']}>{more}</div>}
    </div>
  )
}
