import { useState } from 'react'
import { TextField } from '../ui/index.ts'
import { FormDialog } from './form-dialog.tsx'
import { say } from './words.ts'

interface LabelDialogProps {
  readonly title: string
  /** What stands there at first. */
  readonly first: string
  readonly button: string
  readonly run: (label: string) => Promise<unknown>
  readonly onClose: () => void
}

/** What a password is for, before it is made. */
export function LabelDialog({ title, first, button, run, onClose }: LabelDialogProps) {
  const [label, setLabel] = useState(first)
  return (
    <FormDialog title={title} button={button} disabled={label.trim() === ''} run={() => run(label)} onClose={onClose}>
      <TextField
        label={say('label')}
        hint={say('labelHint')}
        maxLength={64}
        value={label}
        onChange={event => setLabel(event.target.value)}
      />
    </FormDialog>
  )
}
