/**
 * Notes which letters apps have fetched, a moment later, so that no client waits and many are one commit; and a while
 * after that has receipts say it to the nodes that they came from, if the operator lets them know.
 *
 * The rows of the mailbox are the truth: what a crash leaves is told after the next start, and told twice it is once.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { Hint } from '../base/hint.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const pauseMs = 1000
/** People fetch one letter after the other. */
const gatherMs = 10_000
const toldAtOnceMax = 500

interface FetchedNotesOptions {
  readonly mailbox: { readonly fetched: MailboxStore['fetched'] }
  readonly spool: { readonly receipts: Pick<Spool['receipts'], 'fetched'> }
  /** Whether other nodes hear of it. */
  readonly tells: boolean
  readonly clock: Clock
  readonly log: Log
}

export function startFetchedNotes(options: FetchedNotesOptions): Service {
  const { mailbox, clock, log } = options
  const { fetched } = mailbox
  const stopping = new AbortController()
  const { signal } = stopping
  const [seen, noted] = [new Hint(), new Hint()]
  fetched.onFetched(() => seen.notify())
  const note = async () => {
    try {
      if ((await fetched.note()) > 0) noted.notify()
    } catch (error) {
      // They were fetched all the same; when they are fetched again it is noted.
      log.warn('it could not be noted which letters were fetched', { reason: messageOf(error) })
    }
  }
  const tell = async () => {
    try {
      await tellAll(options)
    } catch (error) {
      log.warn('it could not be told which letters were fetched', { reason: messageOf(error) })
    }
  }
  const whenever = async (hint: Hint, afterMs: number, work: () => Promise<void>) => {
    while (!signal.aborted) {
      await hint.wait(signal)
      await clock.sleep(afterMs, signal).catch(() => undefined)
      await work()
    }
  }
  // What the last run left.
  noted.notify()
  const running = Promise.all([whenever(seen, pauseMs, note), whenever(noted, gatherMs, tell)])
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function tellAll({ mailbox: { fetched }, spool, tells }: FetchedNotesOptions): Promise<void> {
  for (;;) {
    const page = await fetched.page(toldAtOnceMax)
    if (page.length === 0) return
    if (tells) await spool.receipts.fetched(page)
    await fetched.forget(page.map(({ number }) => number))
  }
}
