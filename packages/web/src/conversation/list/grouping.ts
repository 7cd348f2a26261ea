/** Messages that somebody wrote one after another stand together: the name above the first, the picture at the last. */
import type { MessageView } from '@posthorn/api'

const groupMs = 5 * 60_000

/** Whether `later` goes on with what `earlier` began. */
export function joins(earlier: MessageView | undefined, later: MessageView | undefined): boolean {
  if (earlier === undefined || later === undefined) return false
  if (earlier.info || later.info || earlier.from.id !== later.from.id) return false
  return Math.abs(later.sortedAt - earlier.sortedAt) < groupMs
}
