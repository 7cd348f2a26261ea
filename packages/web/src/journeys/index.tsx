/**
 * Where messages are: the line under one's own, the note under those that came late, and the whole journey of one.
 *
 * It claims no more than somebody has seen: what is not known is drawn and said as not known. A conversation puts
 * `Track` under its own messages and `Arrival` under those of others, and `OpenJourney` once beside them; a menu opens
 * the same with `openJourney`.
 */
import { lazy, Suspense } from 'react'
import { useOpened } from './journeys-store.ts'

export { Arrival } from './arrival.tsx'
export { openJourney } from './journeys-store.ts'
export { Track } from './track.tsx'

const JourneyDialog = lazy(() => import('./journey-dialog.tsx').then(room => ({ default: room.JourneyDialog })))

/** The dialog that `openJourney` opens; nothing while none is open. */
export function OpenJourney() {
  const message = useOpened(state => state.message)
  if (message === null) return null
  return (
    <Suspense>
      <JourneyDialog key={message.id} message={message} />
    </Suspense>
  )
}
