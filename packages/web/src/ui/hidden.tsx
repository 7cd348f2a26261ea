import type { ReactNode } from 'react'
import css from './hidden.module.css'

/** What is only read aloud: a heading of a page that shows by itself what it is. */
export function HiddenHeading({ children }: { readonly children: ReactNode }) {
  return <h1 className={css['hidden']}>{children}</h1>
}
