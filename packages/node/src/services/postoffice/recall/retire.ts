/**
 * Letters whose receipt came, and that had gone by several roads: relays that may still have a copy are told that it
 * can go. Nobody waits for an answer, and what a relay does not hear of its node drops by the letter's id.
 */
import type { NodeId } from '@posthorn/nncp'
import type { EndedLetter, NewOutbound, PacketRelay } from '../../../stores/spool/index.ts'
import { sealControl } from '../control/messages.ts'
import { understandsControl } from '../control/understands.ts'
import { postofficeLimits } from '../limits.ts'
import type { SealContext } from '../seal.ts'
import { type DropRequest, dropMessage } from './wire.ts'

interface RetireContext {
  readonly seal: SealContext
  readonly now: () => number
}

/** One packet for each relay. The caller commits or discards them. */
export async function retireCopies(
  context: RetireContext,
  letters: readonly EndedLetter[],
  signal: AbortSignal,
): Promise<readonly NewOutbound[]> {
  const requests = new Map<NodeId, DropRequest[]>()
  for (const letter of letters) {
    for (const { node, packet } of await relaysWith(context, letter)) {
      const of = requests.get(node) ?? []
      requests.set(node, [...of, { letter: packet, reason: 'arrived', recipients: [] }])
    }
  }
  const outbound: NewOutbound[] = []
  try {
    for (const [node, about] of requests) outbound.push(...(await sealFor(context, { node, about }, signal)))
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
  return outbound
}

/** What went by one road only has arrived by that, and left nothing there. */
async function relaysWith(
  { seal }: RetireContext,
  { id, destination, handedTo }: EndedLetter,
): Promise<readonly PacketRelay[]> {
  if (handedTo.length < 2) return []
  const known = await seal.spool.recalls.relaysOf(id)
  // By roads on which it was sent again: the next hop has the letter itself when it is the only relay.
  const others = handedTo.filter(node => node !== destination && !known.some(one => one.node === node))
  return [...known, ...others.map(node => ({ node, packet: id }))]
}

async function sealFor(
  { seal, now }: RetireContext,
  { node, about }: { node: NodeId; about: readonly DropRequest[] },
  signal: AbortSignal,
): Promise<readonly NewOutbound[]> {
  const to = await seal.directory.neighbours.get(node)
  if (to === undefined || !understandsControl(to)) return []
  const { droppedAtOnceMax, receiptsNiceness: niceness } = postofficeLimits
  const bytes = dropMessage(about.slice(0, droppedAtOnceMax))
  return [await sealControl(seal, { to, kind: 'drop', bytes, niceness, at: now() }, signal)]
}
