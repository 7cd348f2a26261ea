import css from './progress.module.css'
import { say } from './words.ts'

/** Something works, and nobody knows how long. */
export function Spinner({ size = '1.5rem', label }: { readonly size?: string; readonly label?: string }) {
  const shape = { inlineSize: size, blockSize: size }
  return <span className={css['spinner']} style={shape} role="status" aria-label={label ?? say('busy')} />
}

/** How far something is; `total` null while that is not known. */
export function Progress(props: { readonly label: string; readonly done: number; readonly total: number | null }) {
  const { label, done, total } = props
  return <progress className={css['bar']} aria-label={label} {...(total === null ? {} : { value: done, max: total })} />
}
