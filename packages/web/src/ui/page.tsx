import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { classes } from './classes.ts'
import { IconButton } from './icon-button.tsx'
import css from './page.module.css'

interface PageProps {
  readonly title: string
  /** Under the title. */
  readonly about?: string
  /** To the list before it, on a phone: with its words. */
  readonly back?: { readonly label: string; readonly go: () => void } | undefined
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** As wide as there is room; else as wide as one reads well. */
  readonly wide?: boolean
}

/** A page with a head that stays and a body that scrolls. */
export function Page({ title, about, back, actions, children, wide = false }: PageProps) {
  return (
    <section className={css['page']} aria-label={title}>
      <header className={css['head']}>
        {back === undefined ? null : (
          <span className={css['back']}>
            <IconButton icon={ArrowLeft} label={back.label} onClick={back.go} className={css['arrow']} />
          </span>
        )}
        <div className={css['titles']}>
          <h1>{title}</h1>
          {about === undefined ? null : <p className={css['about']}>{about}</p>}
        </div>
        {actions}
      </header>
      <div className={css['body']}>
        <div className={classes(css['content'], wide && css['wide'])}>{children}</div>
      </div>
    </section>
  )
}

/** A part of a page with a heading of its own. */
export function Section(props: { readonly title: string; readonly about?: string; readonly children: ReactNode }) {
  return (
    <section className={css['section']}>
      <h2 className={css['heading']}>{props.title}</h2>
      {props.about === undefined ? null : <p className={css['about']}>{props.about}</p>}
      <div className={css['card']}>{props.children}</div>
    </section>
  )
}
