import type { ReactNode } from 'react'
import css from './hidden.module.css'

/** Only read aloud: what is seen beside it, in one sentence. What is seen is hidden from readers by `aria-hidden`. */
export function Aloud({ children }: { readonly children: string }) {
  return <span className={css['hidden']}>{children}</span>
}

/** A heading that is only read aloud, of a page that shows by itself what it is. */
export function HiddenHeading({ children }: { readonly children: ReactNode }) {
  return <h1 className={css['hidden']}>{children}</h1>
}
