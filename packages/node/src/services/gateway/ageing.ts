/**
 * Letters that wait for long: their senders are told that they wait, and at last that they were given up. Days are
 * those of the stores' calendar, so that a clock that jumps expires nothing.
 */
import { isAbort, messageOf } from '../../base/errors.ts'
import type { Handover } from '../../stores/queue/index.ts'
import type { GatewayContext } from './context.ts'
import { gatewayLimits } from './limits.ts'
import { reportOnAll } from './report.ts'

export interface AgeingOptions {
  /** 0: never, both. */
  readonly warnAfterDays: number
  readonly returnAfterDays: number
  /** Runs the task unless the letter is just being handed over, and keeps it from that meanwhile. */
  readonly holding: (handover: Handover, task: () => Promise<true>) => Promise<true | undefined>
}

const dayMs = 24 * 60 * 60 * 1000

/** Its lifetime is over: its sender is told, and it leaves the queue. Called while nobody hands it over. */
export async function expire(context: GatewayContext, handover: Handover): Promise<void> {
  const { queue, log, clock, name } = context
  const { id, gateway, messageId, ageDays, begun, envelope } = handover
  const over = `Its lifetime, counted in days on which ${name} ran, is over`
  const reason = begun ? `${over}. It may have been handed over when this node ended` : over
  await reportOnAll(context, { ...handover, reason }, { kind: 'expired', status: '5.4.7' })
  const end = { kind: 'expired', reason } as const
  await queue.conclude(id, { done: [], failed: envelope.recipients, end, later: null, at: clock.now() })
  log.warn('a letter expired', { messageId, gateway, handover: id, ageDays })
}

/** Looks through the queue once. Never rejects but on abort: what fails is done the next time. */
export async function ageLetters(context: GatewayContext, options: AgeingOptions): Promise<void> {
  const { warnAfterDays, returnAfterDays } = options
  const { queue } = context
  await inTurn(context, { find: limit => queue.outlived(limit), options }, handover => expire(context, handover))
  const aged = (days: number, silent: boolean) => (limit: number) => queue.aged(days, { silent, limit })
  if (returnAfterDays > 0) {
    await inTurn(context, { find: aged(returnAfterDays, false), options }, handover => giveBack(context, handover))
  }
  if (warnAfterDays === 0) return
  await inTurn(context, { find: aged(warnAfterDays, true), options }, async handover => {
    const until = context.clock.now() + Math.max(0, returnAfterDays - handover.ageDays) * dayMs
    const willRetryUntil = returnAfterDays > 0 ? { willRetryUntil: until } : {}
    await reportOnAll(context, handover, { kind: 'delayed', status: '4.4.7', ...willRetryUntil })
    await context.queue.warned(handover.id, context.clock.now())
  })
}

async function inTurn(
  { queue, log }: GatewayContext,
  { find, options }: { find: (limit: number) => Promise<readonly Handover[]>; options: AgeingOptions },
  deal: (handover: Handover) => Promise<void>,
): Promise<void> {
  const limit = gatewayLimits.agedAtOnceMax
  for (;;) {
    let dealt = 0
    const aged = await find(limit)
    for (const handover of aged) {
      try {
        const held = await options.holding(handover, async () => {
          // It may have left since.
          if ((await queue.get(handover.id)) !== undefined) await deal(handover)
          return true
        })
        if (held === true) dealt += 1
      } catch (error) {
        if (isAbort(error)) throw error
        log.error('a sender could not be told', { messageId: handover.messageId, reason: messageOf(error) })
      }
    }
    if (aged.length < limit || dealt === 0) return
  }
}

async function giveBack(context: GatewayContext, handover: Handover): Promise<void> {
  const { queue, log } = context
  await reportOnAll(context, handover, { kind: 'returned', status: '5.4.7' })
  const end = { kind: 'returned', reason: handover.reason ?? 'It could not be handed over' } as const
  const at = context.clock.now()
  await queue.conclude(handover.id, { done: [], failed: handover.envelope.recipients, end, later: null, at })
  const { id, gateway, messageId, ageDays, reason } = handover
  log.warn('a letter was given up', { messageId, gateway, handover: id, ageDays, reason })
}
