/**
 * Forgets, a little at a time, what is older than a year: seen packets, deliveries, acknowledgements. Gives up letters
 * for nodes that are no neighbours any more, and those that have waited too long. Once a day all packets are read
 * again, slowly.
 */
import type { Clock } from '../base/clock.ts'
import { isAbort, messageOf } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { PostOffice } from '../services/postoffice/index.ts'
import type { IncomingFiles } from '../stores/incoming/index.ts'
import type { Journeys } from '../stores/journeys/index.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'
import type { QueueStore } from '../stores/queue/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const pauseMs = 3_600_000
/** The first time one pause after the start, when the node has had time for its work. */
const roundsBetweenChecks = 24
const checkBytesPerSecondMax = 16 * 1024 * 1024

interface MaintenanceOptions {
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly incoming: IncomingFiles
  readonly queue: Pick<QueueStore, 'prune'>
  readonly journeys: Pick<Journeys, 'prune'>
  /** How long a journey is kept after its end; 0: none is. */
  readonly journeyDays: number
  readonly postOffice: Pick<PostOffice, 'giveUpStranded' | 'lookAfterWaiting' | 'check'>
  /** Days after which a user's chat messages leave INBOX; 0: never. */
  readonly chatDaysOf: (user: string) => number
  readonly clock: Clock
  readonly log: Log
}

export function startMaintenance(options: MaintenanceOptions): Service {
  const { spool, mailbox, incoming, queue, postOffice, clock, log } = options
  const stopping = new AbortController()
  const check = async () => {
    const { signal } = stopping
    try {
      const { damaged, ...facts } = await postOffice.check({
        signal,
        bytesPerSecondMax: checkBytesPerSecondMax,
        anyway: false,
      })
      log.info('all packets were read again', { ...facts, damaged: damaged.length })
    } catch (error) {
      if (!isAbort(error)) log.error('the packets could not be read again', { reason: messageOf(error) })
    }
  }
  const run = async () => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      try {
        await spool.prune(clock.now())
        await mailbox.prune(clock.now())
        await mailbox.expireChat({ daysOf: options.chatDaysOf })
        await incoming.prune()
        await queue.prune()
        await options.journeys.prune(options.journeyDays)
        await postOffice.giveUpStranded()
        const told = await postOffice.lookAfterWaiting()
        if (told.warned + told.returned > 0) log.info('senders of letters that wait were told', { ...told })
      } catch (error) {
        log.warn('old records could not be cleared away', { reason: messageOf(error) })
      }
      if (round % roundsBetweenChecks === 1) await check()
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
