/** Finds its work by reading the inbox; hints and the clock only say when to look. */
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Log } from '../../base/log.ts'
import type { InboundPacket, Spool } from '../../stores/spool/spool.ts'
import { bulkLanes, isBulkLane, Lanes } from './lanes.ts'
import { postofficeLimits } from './limits.ts'

export interface TossLoopOptions {
  readonly spool: Spool
  readonly clock: Clock
  readonly log: Log
  /** Deals with one packet; rejects only when the spool fails or the signal fires. */
  readonly toss: (packet: InboundPacket) => Promise<void>
  /** How many packets of a lane of programs are dealt with at a time. */
  readonly atOnceMax: (lane: string) => number
}

export interface TossLoop {
  readonly start: () => void
  /** From now on programs are run too. */
  readonly startLanes: () => void
  readonly arrived: () => void
  /** Resolves when what is due now has been dealt with; `slow`: programs as well. */
  readonly settled: (signal: AbortSignal, slow?: 'slow') => Promise<void>
  stopped(): Promise<void>
}

interface Waiting {
  readonly slow: boolean
  readonly done: () => void
}

export function tossLoop(options: TossLoopOptions, signal: AbortSignal): TossLoop {
  const { spool, clock, log } = options
  const hint = new Hint()
  const changed = () => hint.notify()
  const { handlesAtOnceMax, filesAtOnceMax } = postofficeLimits
  const bulkAtOnceMax = (lane: string) => (lane === bulkLanes.areas ? 1 : filesAtOnceMax)
  const ofBulk = { has: isBulkLane, atOnceMax: bulkAtOnceMax, totalMax: Number.POSITIVE_INFINITY }
  const bulk = new Lanes({ ...options, ...ofBulk, changed }, signal)
  const ofPrograms = { has: (lane: string) => !isBulkLane(lane), totalMax: handlesAtOnceMax }
  const programs = new Lanes({ ...options, ...ofPrograms, changed }, signal)
  let programsOpen = false
  let waiting: Waiting[] = []
  let running: Promise<void> = Promise.resolve()

  /** Answers what of the rest is empty too. */
  const work = async (): Promise<{ bulk: boolean; programs: boolean }> => {
    for (;;) {
      // One time for both: what the second makes due is due in the first as well.
      const now = clock.now()
      const tossed = await tossDue(options, now)
      const empty = { bulk: await bulk.begin(now), programs: !programsOpen || (await programs.begin(now)) }
      if (!tossed || signal.aborted) return empty
    }
  }

  const run = async () => {
    while (!signal.aborted) {
      const asked = waiting
      waiting = []
      try {
        const empty = await work()
        for (const one of asked) {
          if (empty.bulk && (empty.programs || !one.slow)) one.done()
          else waiting.push(one)
        }
        await untilWorkMayBeDue(spool, clock, hint, signal)
      } catch (error) {
        waiting.push(...asked)
        if (isAbort(error)) continue
        log.error('the inbox could not be worked on', { reason: messageOf(error) })
        await clock.sleep(postofficeLimits.retryDelayMsMin, signal).catch(() => undefined)
      }
    }
    for (const { done } of waiting) done()
  }

  return {
    start: () => {
      running = run()
    },
    startLanes: () => {
      programsOpen = true
      hint.notify()
    },
    arrived: () => hint.notify(),
    settled: (asked, slow) =>
      new Promise(resolve => {
        if (asked.aborted || signal.aborted) return resolve()
        waiting.push({ slow: slow !== undefined, done: unlessAborted(asked, resolve) })
        hint.notify()
      }),
    async stopped() {
      await running
      await bulk.ended()
      await programs.ended()
    },
  }
}

// Side by side only within one niceness: Delta Chat's large second half of a message must not overtake the first.
async function tossDue({ spool, toss }: TossLoopOptions, now: number): Promise<boolean> {
  const due = await spool.inbox.due(now, postofficeLimits.tossesAtOnceMax)
  const urgent = sideBySide(due)
  // All come to their end, whatever becomes of one: a packet is never tossed twice at a time, nor after a stop.
  const tosses = await Promise.allSettled(urgent.map(packet => toss(packet)))
  for (const tossed of tosses) if (tossed.status === 'rejected') throw tossed.reason
  return due.length > 0
}

/** The first of them that are as urgent, as many as are small together. */
function sideBySide(due: readonly InboundPacket[]): readonly InboundPacket[] {
  let bytes = 0
  const end = due.findIndex((packet, position) => {
    bytes += packet.sizeBytes
    const fits = position === 0 || bytes <= postofficeLimits.tossedBytesAtOnceMax
    return !fits || packet.niceness !== due[0]?.niceness
  })
  return end === -1 ? due : due.slice(0, end)
}

/** Calls `done` when what it answers is called, or when the signal fires. */
function unlessAborted(signal: AbortSignal, done: () => void): () => void {
  const end = () => {
    signal.removeEventListener('abort', end)
    done()
  }
  signal.addEventListener('abort', end, { once: true })
  return end
}

async function untilWorkMayBeDue(spool: Spool, clock: Clock, hint: Hint, signal: AbortSignal): Promise<void> {
  const dueAt = await spool.inbox.nextDueAt()
  if (dueAt === null) return hint.wait(signal)
  const enough = new AbortController()
  const stop = AbortSignal.any([signal, enough.signal])
  const delayMs = Math.min(Math.max(0, dueAt - clock.now()), postofficeLimits.retryDelayMsMax)
  try {
    await Promise.race([hint.wait(stop), clock.sleep(delayMs, stop).catch(() => undefined)])
  } finally {
    enough.abort()
  }
}
