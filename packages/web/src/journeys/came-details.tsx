import type { ArrivalView } from '@posthorn/api'
import { fullTime } from '../i18n/index.ts'
import { Spinner } from '../ui/index.ts'
import css from './journey-details.module.css'
import { type OpenedMessage, useArrival } from './journeys-store.ts'
import { cameWords } from './station-words.ts'
import { say } from './words.ts'

/** When and by which road a message of others came. */
export function CameDetails({ message }: { readonly message: OpenedMessage }) {
  const arrival = useArrival(message.id)
  if (arrival === undefined) return <Spinner label={say('asking')} />
  return (
    <div className={css['details']}>
      <p className={css['state']}>{cameWords(arrival)}</p>
      <Times arrival={arrival} />
    </div>
  )
}

function Times({ arrival: { sentAt, arrivedAt } }: { readonly arrival: ArrivalView }) {
  return (
    <>
      <p>{say('cameSent', { time: fullTime(sentAt) })}</p>
      {arrivedAt === null ? null : <p>{say('cameArrived', { time: fullTime(arrivedAt) })}</p>}
    </>
  )
}
