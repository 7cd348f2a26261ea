/**
 * Slow work, beside everything else: programs that run for minutes, files of gigabytes. Each lane is a queue of its own
 * and goes on while others hang; so many packets at a time in one lane, and so many in all.
 */
import type { PacketId } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { InboundPacket, Spool } from '../../stores/spool/spool.ts'
import { postofficeLimits } from './limits.ts'

/** Lanes of what is long because it is large. All others are for programs. */
export const bulkLanes = { files: 'files', requests: 'requests', areas: 'areas' } as const

export function isBulkLane(lane: string): boolean {
  return Object.values<string>(bulkLanes).includes(lane)
}

export interface LanesOptions {
  readonly spool: Spool
  readonly clock: Clock
  readonly log: Log
  /** Deals with one packet; rejects only when the spool fails or the signal fires. */
  readonly toss: (packet: InboundPacket) => Promise<void>
  /** Which lanes these are. */
  readonly has: (lane: string) => boolean
  /** How many packets of a lane are dealt with at a time. */
  readonly atOnceMax: (lane: string) => number
  /** How many of all of them. */
  readonly totalMax: number
  /** Called whenever one is through: others may begin. */
  readonly changed: () => void
}

export class Lanes {
  readonly #options: LanesOptions
  readonly #signal: AbortSignal
  readonly #running = new Map<PacketId, { readonly lane: string; readonly ended: Promise<void> }>()
  /** Where the next look begins, so that no lane is always the last. */
  #turn = ''

  constructor(options: LanesOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** Begins what is due and has room. Answers whether nothing runs, and so nothing is due either. */
  async begin(now: number): Promise<boolean> {
    const { spool, has, totalMax } = this.#options
    const { inbox } = spool
    const lanes = (await inbox.lanes(now)).filter(has)
    const later = lanes.filter(lane => lane > this.#turn)
    for (const lane of [...later, ...lanes.slice(0, lanes.length - later.length)]) {
      const inLane = [...this.#running.values()].filter(one => one.lane === lane).length
      const room = totalMax - this.#running.size
      const free = Math.min(this.#options.atOnceMax(lane) - inLane, room)
      if (free <= 0) continue
      const due = (await inbox.due(now, inLane + free, lane)).filter(({ id }) => !this.#running.has(id))
      for (const packet of due.slice(0, free)) this.#start(packet)
      this.#turn = lane
    }
    return this.#running.size === 0
  }

  /** Resolves when nothing runs any more, after the signal. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  #start(packet: InboundPacket): void {
    const { toss, changed } = this.#options
    const ended = toss(packet)
      .catch(error => this.#failed(error))
      .finally(() => {
        this.#running.delete(packet.id)
        changed()
      })
    this.#running.set(packet.id, { lane: packet.lane, ended })
  }

  async #failed(error: unknown): Promise<void> {
    if (isAbort(error)) return
    const { log, clock } = this.#options
    log.error('the inbox could not be worked on', { reason: messageOf(error) })
    await clock.sleep(postofficeLimits.retryDelayMsMin, this.#signal).catch(() => undefined)
  }
}
