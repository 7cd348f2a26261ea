import type { ScheduleView } from '@posthorn/api'
import { Trash2 } from 'lucide-react'
import { type FormEvent, useCallback, useState } from 'react'
import { api } from '../api/index.ts'
import { relativeTime } from '../i18n/index.ts'
import { Button, Dialog, IconButton, Row, Switch, TextField } from '../ui/index.ts'
import css from './network.module.css'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

interface SchedulesDialogProps {
  readonly neighbour: string
  readonly now: number
  readonly onClose: () => void
  readonly onChanged: () => void
}

export function SchedulesDialog({ neighbour, now, onClose, onChanged }: SchedulesDialogProps) {
  const ask = useCallback(() => api.call('schedules.list', { neighbour }), [neighbour])
  const { answer = [], fault, again } = useAsked(ask)
  const { busy, run } = useDoing()
  const change = (id: string, work: () => Promise<unknown>) =>
    run(id, async () => {
      await work()
      again()
      onChanged()
    })
  return (
    <Dialog title={say('schedules')} onClose={onClose}>
      <div className={css['form']}>
        <p className={css['soft']}>{answer.length === 0 ? say('noSchedules') : say('schedulesAbout')}</p>
        {fault === undefined ? null : <p role="alert">{fault}</p>}
        <ul className={css['packets']}>
          {answer.map(schedule => (
            <li key={schedule.number}>
              <Row
                title={<span className={css['mono']}>{schedule.cron}</span>}
                text={aboutOf(schedule, now)}
                end={
                  <IconButton
                    icon={Trash2}
                    label={say('remove')}
                    disabled={busy !== undefined}
                    onClick={() =>
                      change('remove', () => api.call('schedules.remove', { neighbour, number: schedule.number }))
                    }
                  />
                }
              />
            </li>
          ))}
        </ul>
        <AddSchedule
          key={answer.length}
          busy={busy === 'add'}
          add={(cron, whenWaiting) => change('add', () => api.call('schedules.add', { neighbour, cron, whenWaiting }))}
        />
      </div>
    </Dialog>
  )
}

function aboutOf({ next, whenWaiting }: ScheduleView, now: number): string {
  const when = next === null ? say('neverAgain') : say('nextAt', { when: relativeTime(Date.parse(next), now) })
  return whenWaiting ? `${when} · ${say('onlyWaiting')}` : when
}

function AddSchedule(props: { readonly busy: boolean; readonly add: (cron: string, whenWaiting: boolean) => void }) {
  const [cron, setCron] = useState('')
  const [whenWaiting, setWhenWaiting] = useState(false)
  const add = (event: FormEvent) => {
    event.preventDefault()
    props.add(cron, whenWaiting)
  }
  return (
    <form className={css['form']} onSubmit={add}>
      <TextField
        label={say('cron')}
        hint={say('cronHint')}
        value={cron}
        required
        onChange={event => setCron(event.target.value)}
      />
      <Switch label={say('onlyWaiting')} on={whenWaiting} onChange={setWhenWaiting} />
      <div className={css['formEnd']}>
        <Button look="primary" type="submit" busy={props.busy}>
          {say('add')}
        </Button>
      </div>
    </form>
  )
}
