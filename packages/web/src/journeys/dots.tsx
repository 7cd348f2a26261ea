import { classes } from '../ui/index.ts'
import css from './dots.module.css'
import type { TrackDot } from './track-dots.ts'

/** The track as a picture; words beside it say the same. */
export function Dots({ track }: { readonly track: readonly TrackDot[] }) {
  return (
    <span aria-hidden className={css['dots']}>
      {track.map(({ stage, dot }) => (
        <span key={stage} className={classes(css['dot'], css[dot])} data-stage={stage} data-dot={dot} />
      ))}
    </span>
  )
}
