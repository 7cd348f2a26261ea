/** One try: the letter is handed over, its sender told where it failed, and the queue told what is left of it. */
import { isAbort, messageOf } from '../../base/errors.ts'
import { type Handover, isOutlived } from '../../stores/queue/index.ts'
import type { Body } from '../../stores/spool/spool.ts'
import { expire } from './ageing.ts'
import { handToProgram } from './command.ts'
import type { Gateway, GatewayContext, GatewayReport } from './context.ts'
import { gatewayLimits } from './limits.ts'
import { reportOf } from './report.ts'
import { handToServer } from './smtp/hand-over.ts'
import type { HandedOver, Verdict } from './verdict.ts'
import { wishesOf } from './wishes.ts'

/** Answers why the other side could not be spoken with, if it could not. Rejects when the queue fails, or on abort. */
export async function handOver(
  context: GatewayContext,
  gateway: Gateway,
  handover: Handover,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { queue, log } = context
  const body = await queue.open(handover.id)
  if (body === undefined) return undefined
  if (isOutlived(handover)) {
    await expire(context, handover)
    return undefined
  }
  const facts = { messageId: handover.messageId, gateway: gateway.name, handover: handover.id }
  // Should the node end in the middle, nobody knows what the other side has.
  await queue.begin(handover.id)
  const outcome = await attempt(context, gateway, { handover, body }, signal)
  const byKind = (kind: Verdict['kind']) =>
    handover.envelope.recipients.filter(address => (outcome.verdicts.get(address)?.kind ?? 'later') === kind)
  const [done, failed, later] = [byKind('done'), byKind('failed'), byKind('later')]
  // First of all: from here on a crash would send it to these a second time.
  if (done.length > 0) {
    await queue.conclude(handover.id, { done, failed: [], later: null, at: context.clock.now() })
    log.info('letter handed over', { ...facts, recipients: done.length })
    await tellRelayed(context, { handover, body, outcome, done })
  }
  if (failed.length + later.length === 0) return undefined
  const told = await tellFailed(context, { handover, body, outcome, failed })
  const reason = outcome.unreachable ?? outcome.cut ?? reasonOf(outcome, later)
  const dueAt = context.clock.now() + retryDelayMs(context, handover.attempts)
  const end = { kind: 'failed', reason: reasonOf(outcome, told) } as const
  const at = context.clock.now()
  await queue.conclude(handover.id, { done: [], failed: told, end, later: { dueAt, reason }, at })
  const left = later.length + failed.length - told.length
  if (told.length > 0)
    log.warn('letter refused', { ...facts, recipients: told.length, reason: reasonOf(outcome, told) })
  if (left > 0) log.warn('letter is tried again later', { ...facts, recipients: left, reason, dueAt })
  return outcome.unreachable
}

async function attempt(
  context: GatewayContext,
  { way, name }: Gateway,
  letter: { handover: Handover; body: Body },
  signal: AbortSignal,
): Promise<HandedOver> {
  const { clock, log } = context
  try {
    if (way.kind === 'command') return await handToProgram(way, letter, { ...context, signal })
    return await handToServer(way, { ...letter, name: context.name }, { clock, signal })
  } catch (error) {
    if (isAbort(error)) throw error
    log.error('a letter could not be handed over: this node failed', { gateway: name, reason: messageOf(error) })
    return { verdicts: new Map(), cut: messageOf(error), tellsSenders: false }
  }
}

interface Told {
  readonly handover: Handover
  readonly body: Body
  readonly outcome: HandedOver
}

/** Answers those whose sender knows now, or that nobody can be told of. */
async function tellFailed(
  { report, log }: GatewayContext,
  { handover, body, outcome, failed }: Told & { failed: readonly string[] },
): Promise<readonly string[]> {
  if (failed.length === 0) return []
  const { messageId } = handover
  const event = `gateway:${handover.id}:${handover.attempts}`
  try {
    const recipients = failed.map(address => aboutOne(outcome, address))
    const told = await report({ ...reportOf(handover, body), kind: 'failed', event, recipients })
    if (told !== 'told') log.warn('a letter failed, and its sender was not told', { messageId, why: told, failed })
    return failed
  } catch (error) {
    if (isAbort(error)) throw error
    log.error('a sender could not be told', { messageId, reason: messageOf(error) })
    return []
  }
}

/** The letter has left, so nothing may hold it: a report that cannot be made is left out. */
async function tellRelayed(
  { report, log }: GatewayContext,
  { handover, body, outcome, done }: Told & { done: readonly string[] },
): Promise<void> {
  const { wishes } = handover.envelope
  const isAsked = (address: string) => wishesOf(wishes, address).notify?.includes('success') === true
  const asked = outcome.tellsSenders ? [] : done.filter(isAsked)
  if (asked.length === 0) return
  const { messageId } = handover
  const event = `gateway:${handover.id}:${handover.attempts}`
  try {
    const recipients = asked.map(address => aboutOne(outcome, address))
    // Its bytes may have gone with it.
    await report({ ...reportOf(handover, body), body: undefined, kind: 'relayed', event, recipients })
  } catch (error) {
    if (!isAbort(error)) log.error('a sender could not be told', { messageId, reason: messageOf(error) })
  }
}

function aboutOne({ verdicts, remoteMta }: HandedOver, address: string): GatewayReport['recipients'][number] {
  const verdict = verdicts.get(address)
  return {
    address,
    status: verdict?.status ?? '5.0.0',
    reason: verdict?.reason ?? '',
    ...(verdict?.diagnostic === undefined ? {} : { diagnostic: verdict.diagnostic }),
    ...(remoteMta === undefined ? {} : { remoteMta }),
  }
}

function reasonOf({ verdicts }: HandedOver, addresses: readonly string[]): string {
  return addresses.map(address => verdicts.get(address)?.reason).find(reason => reason !== undefined) ?? 'not taken'
}

function retryDelayMs({ random }: GatewayContext, attempts: number): number {
  const { retryDelayMsMin, retryDelayMsMax } = gatewayLimits
  return jittered(Math.min(retryDelayMsMin * 2 ** Math.min(attempts, 30), retryDelayMsMax), random)
}

/** Longer or shorter by up to a quarter, so that what failed together does not come back together. */
export function jittered(delayMs: number, random: GatewayContext['random']): number {
  const [byte = 0] = random(1)
  return Math.round(delayMs * (0.75 + byte / 510))
}
