import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { classes } from './classes.ts'
import css from './icon-button.module.css'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'aria-label'> {
  readonly icon: LucideIcon
  /** What it does: read aloud, and shown when one points at it. */
  readonly label: string
  /** The keys that do the same, for people. */
  readonly keys?: string
  readonly pressed?: boolean
  readonly look?: 'quiet' | 'accent' | 'danger'
  readonly small?: boolean
}

export function IconButton({ icon: Icon, label, keys, pressed, look = 'quiet', small, ...rest }: IconButtonProps) {
  const { className, ...others } = rest
  return (
    <Tooltip text={label} keys={keys}>
      <button
        type="button"
        {...others}
        className={classes(css['button'], css[look], small === true && css['small'], className)}
        aria-label={label}
        aria-pressed={pressed}
      >
        <Icon aria-hidden size={small === true ? 16 : 20} />
      </button>
    </Tooltip>
  )
}
