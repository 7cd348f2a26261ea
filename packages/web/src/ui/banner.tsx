import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './banner.module.css'
import { classes } from './classes.ts'
import { type Tone, toneClass } from './tone.ts'

interface BannerProps {
  readonly tone?: Exclude<Tone, 'neutral' | 'accent'>
  readonly icon?: LucideIcon
  readonly children: ReactNode
  readonly action?: ReactNode
}

/** What somebody should know while they do something else. Read aloud when it comes. */
export function Banner({ tone = 'information', icon: Icon, children, action }: BannerProps) {
  return (
    <div className={classes(css['banner'], toneClass(tone))} role={tone === 'danger' ? 'alert' : 'status'}>
      {Icon === undefined ? null : <Icon aria-hidden size={18} className={css['icon']} />}
      <div className={css['text']}>{children}</div>
      {action}
    </div>
  )
}
