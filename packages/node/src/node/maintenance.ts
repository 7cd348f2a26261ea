/**
 * Forgets, a little at a time, what is older than a year: seen packets, deliveries, acknowledgements. Gives up letters
 * for nodes that are no neighbours any more.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { PostOffice } from '../services/postoffice/index.ts'
import type { IncomingFiles } from '../stores/incoming/index.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const pauseMs = 3_600_000

interface MaintenanceOptions {
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly incoming: IncomingFiles
  readonly postOffice: Pick<PostOffice, 'giveUpStranded'>
  readonly clock: Clock
  readonly log: Log
}

export function startMaintenance(options: MaintenanceOptions): Service {
  const { spool, mailbox, incoming, postOffice, clock, log } = options
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await spool.prune(clock.now())
        await mailbox.prune(clock.now())
        await incoming.prune()
        await postOffice.giveUpStranded()
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
