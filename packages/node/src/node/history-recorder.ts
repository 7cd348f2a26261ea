/**
 * Counts what passes between this node and its neighbours, in memory, and adds it to their histories now and then: a
 * packet costs an addition. What a crash takes is the last minute of a history.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { Hint } from '../base/hint.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { DayCounts, DayToAdd, Histories } from '../stores/histories/index.ts'
import type { Spool } from '../stores/spool/index.ts'

const pauseMs = 60_000
const dayMs = 86_400_000

interface RecorderOptions {
  readonly spool: { readonly outbox: Pick<Spool['outbox'], 'onLeft'>; readonly inbox: Pick<Spool['inbox'], 'onCame'> }
  readonly histories: Pick<Histories, 'add'>
  readonly clock: Clock
  readonly log: Log
}

export interface HistoryRecorder extends Service {
  /** A neighbour was in touch. */
  readonly met: (neighbour: NodeId) => void
  /** What was counted is in the histories when it resolves. */
  flush(): Promise<void>
}

type Counts = { -readonly [K in keyof DayCounts]: DayCounts[K] }

export function historyRecorder({ spool, histories, clock, log }: RecorderOptions): HistoryRecorder {
  const counted = new Map<string, DayToAdd & Counts>()
  const stopping = new AbortController()
  const counting = new Hint()
  const on = (neighbour: NodeId, at: number): Counts => {
    const date = Math.floor(at / dayMs)
    const key = `${date} ${neighbour}`
    const counts = counted.get(key) ?? { neighbour, date, ...nothing }
    if (!counted.has(key)) counted.set(key, counts)
    counting.notify()
    return counts
  }
  const stops = [
    spool.outbox.onLeft(({ nextHop, kind, sizeBytes, since, at }) => {
      const counts = on(nextHop, at)
      counts.sentPackets += 1
      counts.sentBytes += sizeBytes
      if (kind !== 'letter') return
      const waitedMs = Math.max(0, at - since)
      counts.letters += 1
      counts.waitedMs += waitedMs
      counts.waitedMsMax = Math.max(counts.waitedMsMax, waitedMs)
    }),
    spool.inbox.onCame(({ handedBy, sizeBytes, at }) => {
      const counts = on(handedBy, at)
      counts.receivedPackets += 1
      counts.receivedBytes += sizeBytes
    }),
  ]
  const flush = async () => {
    if (counted.size === 0) return
    const days = [...counted.values()]
    counted.clear()
    try {
      await histories.add(days)
    } catch (error) {
      log.warn('the histories of neighbours could not be written', { reason: messageOf(error) })
    }
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      await counting.wait(stopping.signal)
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined)
      await flush()
    }
  }
  const running = run()
  return {
    met(neighbour) {
      on(neighbour, clock.now()).contacts += 1
    },
    flush,
    async stop() {
      for (const stop of stops) stop()
      stopping.abort()
      await running
      await flush()
    },
  }
}

const nothing: DayCounts = {
  ...{ contacts: 0, sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0 },
  ...{ letters: 0, waitedMs: 0, waitedMsMax: 0 },
}
