/** Forgets, a little at a time, what is older than a year: seen packets, deliveries, acknowledgements. */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const pauseMs = 3_600_000

export function startMaintenance(options: { spool: Spool; mailbox: MailboxStore; clock: Clock; log: Log }): Service {
  const { spool, mailbox, clock, log } = options
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await spool.prune(clock.now())
        await mailbox.prune(clock.now())
      } catch (error) {
        log.warn('old records could not be cleared away', { reason: messageOf(error) })
      }
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined)
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
