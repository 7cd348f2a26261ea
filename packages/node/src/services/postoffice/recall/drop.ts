/**
 * `drop`: the sender of packets takes them back. Whoever relays them takes them out of the outbox; the node that they
 * are for does not deliver them, now or when they come by another road within a year, and says what came of it.
 *
 * It promises: what was answered stays true, whatever crashes and however often it is asked; nobody takes back what is
 * not theirs, nor learns of it more than whether it had come. Something that is just being acted on is left to end
 * first. It fails when the spool fails, and is then done again.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import {
  type DropOutcome,
  type NewOutbound,
  type NewTombstone,
  type RelayedOn,
  wholePacket,
} from '../../../stores/spool/index.ts'
import { type ControlHandler, sealControl } from '../control/messages.ts'
import { understandsControl } from '../control/understands.ts'
import { postofficeLimits } from '../limits.ts'
import type { SealContext } from '../seal.ts'
import type { GraveContext } from './graves.ts'
import { type DropReport, type DropRequest, dropMessage, droppedMessage, readDropMessage } from './wire.ts'

export interface DropContext extends GraveContext {
  readonly seal: SealContext
  /** Packets that are being tossed at this moment. */
  readonly atWork: Set<PacketId>
  readonly now: () => number
}

export function dropHandler(context: DropContext): ControlHandler {
  return async ({ from, packet, bytes }, signal) => {
    const requests = readDropMessage(bytes)
    const reports: DropReport[] = []
    const onward: Onward[] = []
    let isBusy = false
    for (const request of requests) {
      const what = await drop(context, from.identity.id, request)
      if (what === 'busy') isBusy = true
      else if ('nextHop' in what) onward.push({ request, to: what })
      else if (request.reason !== 'arrived') reports.push(...what)
    }
    if (isBusy) {
      const { retryDelayMsMin, retryDelayMsMax } = postofficeLimits
      const delayMs = Math.min(retryDelayMsMin * 2 ** Math.min(packet.attempts, 30), retryDelayMsMax)
      return { kind: 'again', reason: 'what is taken back is just being acted on', delayMs }
    }
    for (const { request } of onward) {
      // Its sender has its receipt, and waits for no other answer.
      if (request.reason !== 'arrived') reports.push({ letter: request.letter, recipients: [], answer: 'gone-on' })
    }
    const fields = { drop: reports.map(({ letter, answer }) => ({ letter, answer })) }
    const answer = await sealReports(context, { to: from, reports, niceness: packet.niceness }, signal)
    try {
      const passed = await passOn(context, onward, packet.niceness, signal)
      return { kind: 'done', outbound: [...answer, ...passed], fields }
    } catch (error) {
      for (const { staged } of answer) await staged.discard()
      throw error
    }
  }
}

interface Onward {
  readonly request: DropRequest
  readonly to: RelayedOn
}

/** `busy`: asked again later. */
async function drop(
  context: DropContext,
  sender: NodeId,
  request: DropRequest,
): Promise<readonly DropReport[] | RelayedOn | 'busy'> {
  const { tombstones } = context.spool
  const { letter, reason, recipients: named } = request
  const report = (answer: DropReport['answer']) => [{ letter, recipients: named, answer }]
  const stone = { letter, sender, recipients: named.length === 0 ? [wholePacket] : named }
  if ((await tombstones.put({ ...stone, reason })) === 'full') return report('full')
  const known = await outcomesOf(context, stone)
  if (!known.has(null)) return reportsOf(letter, known)
  if (named.length === 0) {
    const relayed = await tombstones.dropRelayed(letter, sender, context.now())
    if (typeof relayed === 'object') return relayed
    if (relayed === 'dropped') {
      await tombstones.conclude(stone, 'dropped')
      return report('dropped')
    }
  }
  return dropHere(context, stone)
}

type Stone = Pick<NewTombstone, 'letter' | 'sender' | 'recipients'>

async function dropHere(context: DropContext, stone: Stone): Promise<readonly DropReport[] | 'busy'> {
  const { letter, sender } = stone
  const { tombstones, inbox } = context.spool
  // The toss that began before the tombstone was there may not have seen it; one that begins now does.
  if (context.atWork.has(letter)) return 'busy'
  const at = context.now()
  const seen = await inbox.seen(letter)
  if (seen?.outcome === 'waiting' && seen.sender === sender) {
    await inbox.retryLater(letter, { dueAt: at, reason: 'its sender takes it back' })
    return []
  }
  if (await tombstones.exhume(letter, sender, at)) return []
  if (seen?.outcome === 'taken' && seen.sender === sender) await tombstones.conclude(stone, 'late')
  return reportsOf(letter, await outcomesOf(context, stone))
}

/** The recipients by what came of it for them. */
async function outcomesOf({ spool }: DropContext, stone: Stone): Promise<Map<DropOutcome | null, string[]>> {
  const stones = await spool.tombstones.get(stone.letter, stone.sender)
  const whole = stones.find(({ recipient }) => recipient === wholePacket)?.outcome ?? null
  const outcomes = new Map<DropOutcome | null, string[]>()
  for (const { recipient, outcome } of stones) {
    if (!stone.recipients.includes(recipient)) continue
    const key = outcome ?? whole
    outcomes.set(key, [...(outcomes.get(key) ?? []), recipient])
  }
  return outcomes
}

function reportsOf(letter: PacketId, outcomes: ReadonlyMap<DropOutcome | null, readonly string[]>): DropReport[] {
  return [...outcomes].map(([outcome, recipients]) => ({
    ...{ letter, answer: outcome ?? 'awaited' },
    recipients: recipients.filter(recipient => recipient !== wholePacket),
  }))
}

/** What a node tells another of packets that were taken back; nothing to one that would not understand it. */
export async function sealReports(
  { seal, now }: Pick<DropContext, 'seal' | 'now'>,
  { to, reports, niceness }: { to: Neighbour; reports: readonly DropReport[]; niceness: number },
  signal: AbortSignal,
): Promise<NewOutbound[]> {
  if (reports.length === 0 || !understandsControl(to)) return []
  const message = { to, kind: 'dropped', bytes: droppedMessage(reports), niceness, at: now() } as const
  return [await sealControl(seal, message, signal)]
}

/** What we wrapped for relays of our own, only we can take back there. */
async function passOn(
  { seal, now }: DropContext,
  onward: readonly Onward[],
  niceness: number,
  signal: AbortSignal,
): Promise<NewOutbound[]> {
  const outbound: NewOutbound[] = []
  for (const { request, to } of onward) {
    const neighbour = to.wrapped ? await seal.directory.neighbours.get(to.nextHop) : undefined
    if (neighbour === undefined || !understandsControl(neighbour)) continue
    const message = { to: neighbour, kind: 'drop', bytes: dropMessage([request]), niceness, at: now() } as const
    outbound.push(await sealControl(seal, message, signal))
  }
  return outbound
}
