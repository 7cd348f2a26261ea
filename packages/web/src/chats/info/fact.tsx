import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { classes } from '../../ui/index.ts'
import css from './info.module.css'

/** One thing that is known. Words of strangers keep their own direction. */
export function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div className={css['fact']}>
      <dt>{term}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  )
}

interface InfoButtonProps {
  readonly icon: LucideIcon
  readonly children: ReactNode
  readonly onClick: () => void
  readonly danger?: boolean
  readonly disabled?: boolean
}

/** Something that can be done, on a line of its own. */
export function InfoButton({ icon: Icon, children, onClick, danger = false, disabled = false }: InfoButtonProps) {
  return (
    <button
      type="button"
      className={classes(css['deed'], danger && css['danger'])}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon aria-hidden size={20} />
      <span className={css['deed-text']}>{children}</span>
    </button>
  )
}
