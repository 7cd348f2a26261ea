/**
 * Forgets, a little at a time, what is older than a year: seen packets, deliveries, acknowledgements. Gives up letters
 * for nodes that are no neighbours any more, and those that have waited too long. Once a day all packets are read
 * again, slowly, and the database is looked at and copied; what was cut off is gone on with.
 */
import type { Clock } from '../base/clock.ts'
import { isAbort, messageOf } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { PostOffice } from '../services/postoffice/index.ts'
import type { JoinInvites } from '../stores/directory/index.ts'
import type { Histories } from '../stores/histories/index.ts'
import type { IncomingFiles } from '../stores/incoming/index.ts'
import type { Journeys } from '../stores/journeys/index.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'
import type { NoticeStore } from '../stores/notices/index.ts'
import type { QueueStore } from '../stores/queue/index.ts'
import type { Upkeep } from '../stores/repair/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const hourMs = 3_600_000
/** After the start the node has time for its work first. */
const checkAfterMs = 600_000
const checkBytesPerSecondMax = 16 * 1024 * 1024

interface MaintenanceOptions {
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly incoming: IncomingFiles
  readonly queue: Pick<QueueStore, 'prune'>
  readonly journeys: Pick<Journeys, 'prune'>
  /** How long a journey is kept after its end; 0: none is. */
  readonly journeyDays: number
  readonly notices: Pick<NoticeStore, 'prune'>
  readonly histories: Pick<Histories, 'prune'>
  readonly joinInvites: Pick<JoinInvites, 'prune'>
  readonly postOffice: Pick<PostOffice, 'giveUpStranded' | 'tellPassing' | 'lookAfterWaiting' | 'check' | 'askAgain'>
  readonly upkeep: Pick<Upkeep, 'check' | 'isDue' | 'snapshotAt' | 'doubtsNeighbours'>
  /** Days between two readings of everything; 0: never. */
  readonly checkDays: number
  /** Days after which a user's chat messages leave INBOX; 0: never. */
  readonly chatDaysOf: (user: string) => number
  /** Between two rounds. Default: an hour. */
  readonly pauseMs?: number
  readonly clock: Clock
  readonly log: Log
}

export function startMaintenance(options: MaintenanceOptions): Service {
  const { spool, mailbox, incoming, queue, notices, postOffice, upkeep, checkDays, clock, log } = options
  const { pauseMs = hourMs } = options
  const stopping = new AbortController()
  const isNew = async () => (await upkeep.snapshotAt().catch(() => null)) === null
  const check = async () => {
    const { signal } = stopping
    try {
      const round = await spool.scrub.round()
      const isDue = round === undefined || round.after !== null || round.days >= checkDays
      if (checkDays === 0 || !isDue) return
      const { damaged, ...facts } = await postOffice.check({
        signal,
        bytesPerSecondMax: checkBytesPerSecondMax,
        anyway: false,
        resume: true,
      })
      log.info('all packets were read again', { ...facts, damaged: damaged.length })
    } catch (error) {
      if (!isAbort(error)) log.error('the packets could not be read again', { reason: messageOf(error) })
    }
  }
  const checkDatabase = async () => {
    try {
      if (checkDays === 0 || !upkeep.isDue(checkDays)) return
      const { problems, kept } = await upkeep.check(clock.now(), stopping.signal)
      if (problems.length > 0) log.error('the database is damaged; it is repaired at the next start', { problems })
      else if (kept) log.info('the database was found whole, and a copy of it is kept')
      else log.warn('the database was found whole, but there is no room to keep a copy of it')
    } catch (error) {
      if (!isAbort(error)) log.error('the database could not be checked', { reason: messageOf(error) })
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
        await notices.prune()
        await options.histories.prune()
        await options.joinInvites.prune()
        await postOffice.tellPassing()
        if (!upkeep.doubtsNeighbours()) await postOffice.giveUpStranded()
        await postOffice.askAgain()
        const told = await postOffice.lookAfterWaiting()
        if (told.warned + told.returned + told.expired > 0)
          log.info('senders of letters that wait were told', { ...told })
      } catch (error) {
        log.warn('old records could not be cleared away', { reason: messageOf(error) })
      }
      // A database that was never copied is at once: it is small yet.
      if (round > 0 || (await isNew())) await checkDatabase()
      if (round > 0) await check()
      await clock.sleep(round === 0 ? checkAfterMs : pauseMs, stopping.signal).catch(() => undefined)
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
