import { type FormEvent, type ReactNode, useId } from 'react'
import { Banner, Button, type ButtonProps, Dialog } from '../ui/index.ts'
import css from './people.module.css'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

interface FormDialogProps {
  readonly title: string
  readonly about?: string
  readonly button: string
  readonly look?: ButtonProps['look']
  readonly disabled?: boolean
  /** Who called decides what is shown next; what it throws is told here. */
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
  readonly children?: ReactNode
}

/** A few questions, and one thing that is done with the answers. */
export function FormDialog(props: FormDialogProps) {
  const { title, about, button, look = 'primary', disabled = false, onClose, children } = props
  const { busy, fault, run } = useDeed()
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(props.run)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look={look} type="submit" form={id} busy={busy} disabled={disabled}>
        {button}
      </Button>
    </>
  )
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <form id={id} className={css['stack']} onSubmit={submit}>
        {about === undefined ? null : <p className={css['about']}>{about}</p>}
        {children}
        {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
      </form>
    </Dialog>
  )
}
