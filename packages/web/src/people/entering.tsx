import type { FormEvent, ReactNode } from 'react'
import { Logo } from '../ui/index.ts'
import css from './entering.module.css'

interface EnteringProps {
  readonly title: string
  readonly about: string
  readonly children: ReactNode
  readonly onSubmit?: () => void
}

/** The page of somebody who has no account yet. */
export function Entering({ title, about, children, onSubmit }: EnteringProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit?.()
  }
  return (
    <main className={css['page']}>
      <form className={css['card']} onSubmit={submit}>
        <Logo size={56} />
        <h1>{title}</h1>
        <p className={css['about']}>{about}</p>
        {children}
      </form>
    </main>
  )
}
