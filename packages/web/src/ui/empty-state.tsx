import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './empty-state.module.css'

interface EmptyStateProps {
  readonly icon?: LucideIcon
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

/** What is said where nothing is yet, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={css['empty']}>
      {Icon === undefined ? null : (
        <span className={css['icon']}>
          <Icon aria-hidden size={32} strokeWidth={1.5} />
        </span>
      )}
      <h2>{title}</h2>
      {children === undefined ? null : <div className={css['text']}>{children}</div>}
      {action}
    </div>
  )
}
