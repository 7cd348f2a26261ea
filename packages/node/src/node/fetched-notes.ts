/** Notes which letters apps have fetched: a moment later, so that no client waits and many are one commit. */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { Hint } from '../base/hint.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'

const pauseMs = 1000

interface FetchedNotesOptions {
  readonly mailbox: { readonly fetched: Pick<MailboxStore['fetched'], 'onFetched' | 'note'> }
  readonly clock: Clock
  readonly log: Log
}

export function startFetchedNotes({ mailbox: { fetched }, clock, log }: FetchedNotesOptions): Service {
  const stopping = new AbortController()
  const { signal } = stopping
  const hint = new Hint()
  fetched.onFetched(() => hint.notify())
  const note = async () => {
    try {
      await fetched.note()
    } catch (error) {
      // They were fetched all the same; when they are fetched again it is noted.
      log.warn('it could not be noted which letters were fetched', { reason: messageOf(error) })
    }
  }
  const run = async () => {
    while (!signal.aborted) {
      await hint.wait(signal)
      await clock.sleep(pauseMs, signal).catch(() => undefined)
      await note()
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
