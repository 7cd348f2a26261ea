import { Spinner } from '../ui/index.ts'
import css from './loading.module.css'
import { say } from './words.ts'

/** It comes late, so that what loads at once shows no flicker. */
export function Loading() {
  return (
    <div className={css['loading']}>
      <Spinner size="2rem" label={say('loading')} />
    </div>
  )
}
