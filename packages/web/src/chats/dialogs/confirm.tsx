import { useState } from 'react'
import { Button, Dialog } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { say } from '../words.ts'
import css from './dialogs.module.css'

interface ConfirmProps {
  readonly title: string
  readonly texts: readonly string[]
  readonly button: string
  /** Closes the dialog when it worked; tells why when it did not. */
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
}

/** Asks once more before something that is hard to take back. */
export function Confirm({ title, texts, button, run, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    if (await attempt(run)) onClose()
    else setBusy(false)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look="danger" busy={busy} onClick={() => void confirm()}>
        {button}
      </Button>
    </>
  )
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      {texts.map(text => (
        <p key={text} className={css['text']}>
          {text}
        </p>
      ))}
    </Dialog>
  )
}
