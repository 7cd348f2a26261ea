import type { MessageView } from '@posthorn/api'
import { Clock } from 'lucide-react'
import css from './arrival.module.css'
import { openJourney, useArrival } from './journeys-store.ts'
import { lateWords } from './station-words.ts'
import { say } from './words.ts'

/** What came to the app in time came to the node in time. */
const lateAfterMs = 3_600_000

/** Under a message of others that came late: when it was sent, when it came, and by which road. Else nothing. */
export function Arrival({ message }: { readonly message: MessageView }) {
  const { id, sentAt, receivedAt, mine, info, rest } = message
  const mayBeLate = !mine && !info && rest === 'here' && receivedAt - sentAt >= lateAfterMs
  const arrival = useArrival(mayBeLate ? id : null)
  if (arrival === undefined || !mayBeLate || (arrival.way !== 'unknown' && !arrival.late)) return null
  const text = lateWords(arrival, receivedAt, Date.now())
  return (
    <button
      type="button"
      className={css['arrival']}
      aria-haspopup="dialog"
      aria-label={`${text}. ${say('howDidItCome')}`}
      onClick={() => openJourney(message)}
    >
      <Clock aria-hidden size={14} className={css['icon']} />
      <span>{text}</span>
    </button>
  )
}
