import css from './badge.module.css'
import { classes } from './classes.ts'
import { type Tone, toneClass } from './tone.ts'
import { say } from './words.ts'

/** How many are new; nothing when none are. */
export function CountBadge({ count, muted = false }: { readonly count: number; readonly muted?: boolean }) {
  if (count === 0) return null
  return (
    <span className={classes(css['count'], muted && css['muted'])} aria-label={say('newItems', { count })} role="img">
      {count > 999 ? '999+' : count}
    </span>
  )
}

/** One or two words about a thing. */
export function Label({ tone = 'neutral', children }: { readonly tone?: Tone; readonly children: string }) {
  return <span className={classes(css['label'], toneClass(tone))}>{children}</span>
}
