import { X } from 'lucide-react'
import { type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { classes } from './classes.ts'
import css from './dialog.module.css'
import { IconButton } from './icon-button.tsx'
import { Place } from './place.ts'
import { say } from './words.ts'

export interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  /** Buttons, the one that does it last. */
  readonly actions?: ReactNode
  readonly size?: 'small' | 'medium' | 'large'
  /** Without a visible head: the title is read aloud only. */
  readonly bare?: boolean
}

/** A dialog over everything, while it is rendered. Escape, its cross, and a click beside it close it. */
export function Dialog({ title, onClose, children, actions, size = 'small', bare = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [place, setPlace] = useState<HTMLElement | null>(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    element.showModal()
    firstFocus(element).focus()
    setPlace(element)
  }, [])
  const closeBeside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose()
  }
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      className={classes(css['dialog'], css[size])}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      onCancel={event => {
        event.preventDefault()
        if (event.target === dialog.current) onClose()
      }}
      onMouseDown={closeBeside}
    >
      <Place value={place}>
        <div className={css['box']}>
          {bare ? null : (
            <header className={css['head']}>
              <h2 id={titleId}>{title}</h2>
              <IconButton icon={X} label={say('close')} onClick={onClose} />
            </header>
          )}
          <div className={classes(css['body'], bare && css['bare'])}>{children}</div>
          {actions === undefined ? null : <footer className={css['actions']}>{actions}</footer>}
        </div>
      </Place>
    </dialog>
  )
}

/** What one writes into comes first; with a finger nothing, for a keyboard would cover half of it. */
function firstFocus(dialog: HTMLElement): HTMLElement {
  const field = dialog.querySelector<HTMLElement>('input:not([type="radio"], [type="checkbox"]), textarea')
  return field === null || matchMedia('(pointer: coarse)').matches ? dialog : field
}
