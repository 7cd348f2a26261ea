import type { SignedIn } from '@posthorn/api'
import { MonitorSmartphone, X } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { api, wordsOf } from '../api/index.ts'
import { relativeTime } from '../i18n/index.ts'
import { Button, IconButton, Row, Section, toast } from '../ui/index.ts'
import { say } from './words.ts'

/** The browsers in which one is signed in, and how to end that. */
export function SessionsSection() {
  const [sessions, setSessions] = useState<readonly SignedIn[]>([])
  const ask = useCallback(() => {
    api.call('sessions.list', {}).then(setSessions, () => undefined)
  }, [])
  useEffect(() => api.onReady(ask), [ask])
  const end = (id?: string) => {
    api
      .call('sessions.end', id === undefined ? {} : { id })
      .then(({ ended }) => toast({ text: say('ended', { count: ended }) }))
      .catch((error: unknown) => toast({ text: wordsOf(error), tone: 'danger' }))
      .finally(ask)
  }
  if (sessions.length === 0) return null
  return (
    <Section title={say('sessions')} about={say('sessionsAbout')}>
      {sessions.map(session => (
        <SessionRow key={session.id} session={session} onEnd={() => end(session.id)} />
      ))}
      {sessions.length > 1 ? <Button onClick={() => end()}>{say('endOthers')}</Button> : null}
    </Section>
  )
}

function SessionRow({ session, onEnd }: { readonly session: SignedIn; readonly onEnd: () => void }) {
  const used = say('lastUsed', { when: relativeTime(Date.parse(session.usedAt), Date.now()) })
  return (
    <Row
      start={<MonitorSmartphone aria-hidden size={20} />}
      title={session.label}
      text={session.current ? say('thisOne') : used}
      end={
        session.current ? null : (
          <IconButton icon={X} label={say('endSession', { name: session.label })} onClick={onEnd} />
        )
      }
    />
  )
}
