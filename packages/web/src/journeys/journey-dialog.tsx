import { Dialog } from '../ui/index.ts'
import { CameDetails } from './came-details.tsx'
import { JourneyDetails } from './journey-details.tsx'
import { closeJourney, type OpenedMessage } from './journeys-store.ts'
import { say } from './words.ts'

/** The whole journey of one's own message, or how another's came. */
export function JourneyDialog({ message }: { readonly message: OpenedMessage }) {
  return (
    <Dialog title={say(message.mine ? 'whereIsIt' : 'howDidItCome')} size="medium" onClose={closeJourney}>
      {message.mine ? <JourneyDetails message={message} /> : <CameDetails message={message} />}
    </Dialog>
  )
}
