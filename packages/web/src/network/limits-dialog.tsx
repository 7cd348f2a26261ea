import type { BoundsView } from '@posthorn/api'
import { type FormEvent, useState } from 'react'
import { api } from '../api/index.ts'
import { Button, Dialog, TextField } from '../ui/index.ts'
import css from './network.module.css'
import { useDoing } from './use-asked.ts'
import { say } from './words.ts'

const fields = [
  { bound: 'rxBytesPerSecond', words: 'receiveRate', unit: 1024 },
  { bound: 'txBytesPerSecond', words: 'sendRate', unit: 1024 },
  { bound: 'onlineDeadlineMs', words: 'quietSeconds', unit: 1000 },
  { bound: 'onlineMsMax', words: 'onlineSeconds', unit: 1000 },
] as const
type Field = (typeof fields)[number]['bound']

interface LimitsDialogProps {
  readonly neighbour: string
  readonly bounds: BoundsView
  readonly onClose: () => void
  readonly onSaved: () => void
}

export function LimitsDialog({ neighbour, bounds, onClose, onSaved }: LimitsDialogProps) {
  const [texts, setTexts] = useState<Readonly<Record<Field, string>>>(() => textsOf(bounds))
  const { busy, run } = useDoing()
  const isBad = (bound: Field) => texts[bound].trim() !== '' && !/^[1-9]\d{0,9}$/.test(texts[bound].trim())
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (fields.some(({ bound }) => isBad(bound))) return
    run('save', async () => {
      await api.call('neighbours.limit', { neighbour, ...boundsIn(texts) })
      onSaved()
      onClose()
    })
  }
  return (
    <Dialog title={say('limitsTitle', { name: neighbour })} onClose={onClose}>
      <form className={css['form']} onSubmit={save}>
        <p className={css['soft']}>{say('limitsAbout')}</p>
        {fields.map(({ bound, words }) => (
          <TextField
            key={bound}
            label={say(words)}
            inputMode="numeric"
            value={texts[bound]}
            fault={isBad(bound) ? say('badNumber') : undefined}
            onChange={event => setTexts({ ...texts, [bound]: event.target.value })}
          />
        ))}
        <div className={css['formEnd']}>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button look="primary" type="submit" busy={busy !== undefined}>
            {say('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function textsOf(bounds: BoundsView): Record<Field, string> {
  const text = ({ bound, unit }: (typeof fields)[number]) => {
    const value = bounds[bound]
    return value === null ? '' : String(Math.max(1, Math.round(value / unit)))
  }
  const [rxBytesPerSecond, txBytesPerSecond, onlineDeadlineMs, onlineMsMax] = fields.map(text) as [
    string,
    string,
    string,
    string,
  ]
  return { rxBytesPerSecond, txBytesPerSecond, onlineDeadlineMs, onlineMsMax }
}

function boundsIn(texts: Readonly<Record<Field, string>>): Partial<BoundsView> {
  const entries = fields.map(({ bound, unit }) => {
    const text = texts[bound].trim()
    return [bound, text === '' ? null : Number(text) * unit] as const
  })
  return Object.fromEntries(entries)
}
