import type { NeighbourDetails, NeighbourSeen } from '@posthorn/api'
import { CalendarClock, Gauge, MoreVertical, Pause, PhoneCall, Play, Trash2 } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../api/index.ts'
import { listOf } from '../i18n/index.ts'
import { Button, Dialog, IconButton, Menu, Spinner, toast } from '../ui/index.ts'
import { type Fact, Facts } from './facts.tsx'
import { LimitsDialog } from './limits-dialog.tsx'
import css from './network.module.css'
import { Queue } from './queue.tsx'
import { SchedulesDialog } from './schedules-dialog.tsx'
import { ago, amountOf, nextWords, stateAbout } from './states.ts'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

const History = lazy(() => import('./history.tsx').then(room => ({ default: room.History })))

interface NeighbourPanelProps {
  readonly neighbour: NeighbourSeen
  readonly now: number
  readonly isAdmin: boolean
}

export function NeighbourPanel({ neighbour, now, isAdmin }: NeighbourPanelProps) {
  return (
    <>
      <p className={css['soft']}>{say(stateAbout[neighbour.state])}</p>
      <Facts facts={factsOf(neighbour, now)} />
      {isAdmin ? <ForAdmins neighbour={neighbour} now={now} /> : null}
    </>
  )
}

function factsOf(neighbour: NeighbourSeen, now: number): Fact[] {
  const { lastContact, queued, coming, lettersComing, via, folders } = neighbour
  return [
    [say('lastContact'), ago(lastContact, now)],
    [say('nextContact'), nextWords(neighbour, now)],
    [say('waitsHere'), queued.packets === 0 ? say('nothingWaits') : amountOf(queued)],
    ...(coming === null || coming.packets === 0 ? [] : ([[say('waitsThere'), amountOf(coming)]] as Fact[])),
    ...(lettersComing === 0 ? [] : ([[say('lettersComing'), lettersComing]] as Fact[])),
    ...(via.length === 0 ? [] : ([[say('by'), listOf(via)]] as Fact[])),
    ...(folders.length === 0 ? [] : ([[say('sticksOf'), listOf(folders)]] as Fact[])),
  ]
}

type Shown = 'limits' | 'schedules' | 'forget' | undefined

function ForAdmins({ neighbour, now }: Omit<NeighbourPanelProps, 'isAdmin'>) {
  const { name } = neighbour
  const ask = useCallback(() => api.call('neighbours.show', { neighbour: name }), [name])
  const { answer, fault, again } = useAsked(ask)
  const [shown, setShown] = useState<Shown>()
  const [withHistory, setWithHistory] = useState(false)
  return (
    <>
      <Actions neighbour={neighbour} show={setShown} changed={again} />
      {fault === undefined ? null : <p role="alert">{fault}</p>}
      {answer === undefined ? null : <Facts facts={detailsOf(answer)} />}
      <Queue neighbour={name} packets={neighbour.queued.packets} now={now} />
      <section className={css['part']}>
        <h3>{say('history')}</h3>
        {withHistory ? (
          <Suspense fallback={<Spinner />}>
            <History neighbour={name} />
          </Suspense>
        ) : (
          <Button onClick={() => setWithHistory(true)}>{say('showHistory')}</Button>
        )}
      </section>
      {shown === 'limits' && answer !== undefined ? (
        <LimitsDialog neighbour={name} bounds={answer.bounds} onClose={() => setShown(undefined)} onSaved={again} />
      ) : null}
      {shown === 'schedules' ? (
        <SchedulesDialog neighbour={name} now={now} onClose={() => setShown(undefined)} onChanged={again} />
      ) : null}
      {shown === 'forget' ? <ForgetDialog neighbour={name} onClose={() => setShown(undefined)} /> : null}
    </>
  )
}

function detailsOf({ domain, addresses, unreceipted }: NeighbourDetails): Fact[] {
  const kept = { packets: unreceipted.handedOver, bytes: unreceipted.bytes }
  return [
    [say('mailFor'), <span key="domain" className={css['mono']}>{`…@${domain}`}</span>],
    ...(addresses.length === 0
      ? []
      : ([
          [
            say('calledAt'),
            <span key="at" className={css['mono']}>
              {addresses.join(' ')}
            </span>,
          ],
        ] as Fact[])),
    ...(kept.packets === 0 ? [] : ([[say('kept'), amountOf(kept)]] as Fact[])),
  ]
}

function Actions(props: {
  readonly neighbour: NeighbourSeen
  readonly show: (shown: Shown) => void
  readonly changed: () => void
}) {
  const { neighbour, show, changed } = props
  const { name } = neighbour
  const { busy, run } = useDoing()
  const isPaused = neighbour.state === 'paused'
  const call = async () => {
    const { sent, received, trouble } = await api.call('neighbours.call', { neighbour: name })
    if (trouble === null) toast({ text: say('called', { sent: amountOf(sent), received: amountOf(received) }) })
    else toast({ text: trouble.message, tone: 'danger' })
    changed()
  }
  const pause = async () => {
    await api.call('neighbours.pause', { neighbour: name, paused: !isPaused })
    changed()
  }
  const more = [
    { id: 'limits', label: say('limits'), icon: Gauge, run: () => show('limits') },
    { id: 'schedules', label: say('schedules'), icon: CalendarClock, run: () => show('schedules') },
  ]
  const forget = { id: 'forget', label: say('forget'), icon: Trash2, danger: true, run: () => show('forget') }
  return (
    <div className={css['actions']}>
      <Button
        look="primary"
        icon={<PhoneCall aria-hidden size={18} />}
        busy={busy === 'call'}
        disabled={isPaused || !neighbour.callable}
        onClick={() => run('call', call)}
      >
        {say('callNow')}
      </Button>
      <Button
        icon={isPaused ? <Play aria-hidden size={18} /> : <Pause aria-hidden size={18} />}
        busy={busy === 'pause'}
        onClick={() => run('pause', pause)}
      >
        {say(isPaused ? 'goOn' : 'pause')}
      </Button>
      <Menu items={[more, [forget]]}>
        <IconButton icon={MoreVertical} label={say('more')} />
      </Menu>
    </div>
  )
}

function ForgetDialog({ neighbour, onClose }: { readonly neighbour: string; readonly onClose: () => void }) {
  const [, go] = useLocation()
  const { busy, run } = useDoing()
  const forget = async () => {
    const { name, packetsDropped: count } = await api.call('neighbours.remove', { neighbour })
    onClose()
    go('/network')
    toast({ text: say('forgotten', { name, count }) })
  }
  return (
    <Dialog
      title={say('forgetTitle', { name: neighbour })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button look="danger" busy={busy !== undefined} onClick={() => run('forget', forget)}>
            {say('forget')}
          </Button>
        </>
      }
    >
      {say('forgetAbout')}
    </Dialog>
  )
}
