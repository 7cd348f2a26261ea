import type { JourneyView } from '@posthorn/api'
import { Banner, Spinner } from '../ui/index.ts'
import { briefWords } from './brief-words.ts'
import { Dots } from './dots.tsx'
import css from './journey-details.module.css'
import { type OpenedMessage, useBrief } from './journeys-store.ts'
import { Recall } from './recall.tsx'
import { Recipient } from './recipient.tsx'
import { trackOf, trackWords } from './track-dots.ts'
import { useJourney } from './use-journey.ts'
import { say } from './words.ts'

export function JourneyDetails({ message }: { readonly message: OpenedMessage }) {
  const brief = useBrief(message.id)
  const { journey, people, reads, failure } = useJourney(message)
  const track = trackOf(brief, message.state)
  return (
    <div className={css['details']}>
      <p className={css['state']}>
        <span role="img" aria-label={trackWords(track)}>
          <Dots track={track} />
        </span>
        {briefWords(brief, message.state, Date.now())}
      </p>
      {failure === '' ? null : <Banner tone="warning">{failure}</Banner>}
      {journey === undefined && failure === '' ? <Spinner label={say('asking')} /> : null}
      {journey === undefined ? null : <Known journey={journey} isSending={message.state === 'sending'} />}
      {(journey?.recipients ?? []).map((recipient, _, all) => (
        <Recipient
          key={recipient.address}
          recipient={recipient}
          name={people.get(recipient.address.toLowerCase()) ?? recipient.address}
          readAt={reads.get(recipient.address.toLowerCase()) ?? null}
          alone={all.length === 1}
        />
      ))}
      {journey?.more === true ? <p className={css['note']}>{say('more')}</p> : null}
      {journey?.recipients.some(({ canRecall }) => canRecall) === true ? (
        <Recall message={message.id} ahead={journey.ahead} people={people} />
      ) : null}
    </div>
  )
}

/** What must be known to read the rest. */
function Known({ journey, isSending }: { readonly journey: JourneyView; readonly isSending: boolean }) {
  const { unknown, ahead } = journey
  if (unknown === null) return ahead ? <p className={css['note']}>{say('ahead')}</p> : null
  return (
    <>
      <h3>{say('unknownTitle')}</h3>
      <p>{isSending ? say('unknownSending') : say(unknown === 'off' ? 'unknownOff' : 'unknownNotHere')}</p>
    </>
  )
}
