import { CloudOff, RotateCw } from 'lucide-react'
import { api, useConnection } from '../api/index.ts'
import { useOutboxCount } from '../device/index.ts'
import { Banner, Button } from '../ui/index.ts'
import { say } from './words.ts'

/** What is to be known about the connection, and only when there is something. */
export function Banners() {
  const phase = useConnection(state => state.phase)
  const waiting = useOutboxCount()
  if (phase === 'stopping') return <Banner icon={RotateCw}>{say('stopping')}</Banner>
  if (phase !== 'offline') return null
  const tryNow = (
    <Button look="quiet" onClick={() => api.look()}>
      {say('tryNow')}
    </Button>
  )
  return (
    <Banner tone="warning" icon={CloudOff} action={tryNow}>
      {say('offline')}
      {waiting === 0 ? null : <strong> {say('waiting', { count: waiting })}</strong>}
    </Banner>
  )
}
