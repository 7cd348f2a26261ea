import type { MessageView } from '@posthorn/api'
import { classes } from '../ui/index.ts'
import { briefWords } from './brief-words.ts'
import { Dots } from './dots.tsx'
import { openJourney, useBrief } from './journeys-store.ts'
import css from './track.module.css'
import { trackOf, trackWords } from './track-dots.ts'
import { say } from './words.ts'

interface TrackProps {
  readonly message: MessageView
  /** Only the picture: its words are read aloud, and come when one points at it. */
  readonly short?: boolean
}

/** Where one's own message is, in a line; a click opens its journey. */
export function Track({ message, short = false }: TrackProps) {
  const brief = useBrief(message.id)
  const { state: send } = message
  const track = trackOf(brief, send)
  const text = briefWords(brief, send, Date.now())
  const failed = track.some(({ dot }) => dot === 'failed')
  return (
    <button
      type="button"
      className={classes(css['track'], failed && css['failed'])}
      aria-haspopup="dialog"
      aria-label={`${text}. ${say('stages')}: ${trackWords(track)}. ${say('open')}`}
      title={short ? text : undefined}
      onClick={() => openJourney(message)}
    >
      <Dots track={track} />
      {short ? null : <span className={css['text']}>{text}</span>}
    </button>
  )
}
