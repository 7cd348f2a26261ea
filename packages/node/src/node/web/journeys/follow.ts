/** Tells people when more is known of their messages; nobody hears of another's. */
import type { Clock } from '../../../base/clock.ts'
import { messageOf } from '../../../base/errors.ts'
import { Hint } from '../../../base/hint.ts'
import type { Service } from '../../../base/lifecycle.ts'
import type { Publish } from '../../../services/web-server/handlers.ts'
import type { StationNews } from '../../../stores/journeys/index.ts'
import type { ServedNode } from '../../served.ts'
import type { Watched } from './watched.ts'

const newsAtOnceMax = 200
/** After a store that failed. */
const retryMs = 5000

export function followNews(
  { journeys, postOffice, log }: Pick<ServedNode, 'journeys' | 'postOffice' | 'log'>,
  { watched, publish, clock }: { readonly watched: Watched; readonly publish: Publish; readonly clock: Clock },
): Service {
  const stopping = new AbortController()
  const hint = new Hint()
  const stopHearing = journeys.onNews(() => hint.notify())

  const tell = async (news: readonly StationNews[]) => {
    const changed = new Map<string, Set<number>>()
    for (const { messageId, sender } of news.flatMap(({ of }) => of)) {
      for (const user of watched.usersOf(messageId)) {
        const message = watched.find(user, messageId)
        // Another's message may have the same name: who it is from decides.
        if (message === undefined || !(await postOffice.maySendAs(user, sender))) continue
        changed.set(user, (changed.get(user) ?? new Set()).add(message))
      }
    }
    for (const [user, messages] of changed) publish({ user }, 'journeys.changed', { messages: [...messages] })
  }

  const run = async () => {
    let cursor: number | null = null
    while (!stopping.signal.aborted) {
      try {
        cursor ??= (await journeys.news(null, 1)).cursor
        const found = await journeys.news(cursor, newsAtOnceMax)
        await tell(found.news)
        cursor = found.cursor
        if (found.news.length < newsAtOnceMax) await hint.wait(stopping.signal)
      } catch (error) {
        log.warn('people could not be told where their messages are; it is tried again', { reason: messageOf(error) })
        await clock.sleep(retryMs, stopping.signal).catch(() => undefined)
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      stopHearing()
      await running
    },
  }
}
