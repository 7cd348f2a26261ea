import type { ResultOf, SetAsideView } from '@posthorn/api'
import { RotateCw, ShieldCheck, Trash2 } from 'lucide-react'
import { useCallback } from 'react'
import { api } from '../api/index.ts'
import { fileSize, shortTime } from '../i18n/index.ts'
import { EmptyState, IconButton, toast } from '../ui/index.ts'
import css from './network.module.css'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

/** What could not be opened, with the reasons. */
export function Quarantine() {
  const ask = useCallback(() => api.call('quarantine.list', {}), [])
  const { answer, fault, again } = useAsked(ask)
  if (fault !== undefined) return <p role="alert">{fault}</p>
  if (answer === undefined) return null
  if (answer.length === 0) {
    return (
      <EmptyState icon={ShieldCheck} title={say('nothingAside')}>
        {say('nothingAsideAbout')}
      </EmptyState>
    )
  }
  return (
    <ul className={css['cards']}>
      {answer.map(entry => (
        <Entry key={entry.number} entry={entry} changed={again} />
      ))}
    </ul>
  )
}

function Entry({ entry, changed }: { readonly entry: SetAsideView; readonly changed: () => void }) {
  const { number, reason, source, sizeBytes, at, kept } = entry
  const { busy, run } = useDoing()
  const retry = async () => {
    toast({ text: endWords(await api.call('quarantine.retry', { number })) })
    changed()
  }
  const remove = async () => {
    await api.call('quarantine.remove', { number })
    changed()
  }
  return (
    <li className={css['card']}>
      <div className={css['aside']}>
        <div className={css['asideText']}>
          <strong>{reason}</strong>
          <span className={css['soft']}>
            {[say('camefrom', { source }), fileSize(sizeBytes), shortTime(Date.parse(at), Date.now())].join(' · ')}
          </span>
          <span className={css['mono']}>{entry.name}</span>
          {kept ? null : <span className={css['soft']}>{say('onlyNote')}</span>}
        </div>
        <IconButton
          icon={RotateCw}
          label={say('tryAgain')}
          disabled={!kept || busy !== undefined}
          onClick={() => run('retry', retry)}
        />
        <IconButton
          icon={Trash2}
          look="danger"
          label={say('throwAway')}
          disabled={busy !== undefined}
          onClick={() => run('remove', remove)}
        />
      </div>
    </li>
  )
}

function endWords({ outcome, reason }: ResultOf<'quarantine.retry'>): string {
  if (outcome === 'done') return say('retryDone')
  if (outcome === 'queued') return say('retryQueued')
  return outcome === 'waiting' ? say('retryWaiting') : say('retryAside', { reason: reason ?? '' })
}
