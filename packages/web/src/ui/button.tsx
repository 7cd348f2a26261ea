import type { ComponentProps, ReactNode } from 'react'
import css from './button.module.css'
import { classes } from './classes.ts'
import { Spinner } from './progress.tsx'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'primary' | 'secondary' | 'quiet' | 'danger'
  readonly icon?: ReactNode
  /** It was pressed and works: not to be pressed again. */
  readonly busy?: boolean
  readonly wide?: boolean
}

export function Button({ look = 'secondary', icon, busy = false, wide = false, ...rest }: ButtonProps) {
  const { children, className, disabled, ...others } = rest
  return (
    <button
      type="button"
      {...others}
      className={classes(css['button'], css[look], wide && css['wide'], className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <Spinner size="1.125rem" /> : icon}
      {children}
    </button>
  )
}
