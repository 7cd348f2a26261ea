/**
 * Asking again for packets that were damaged on their way in, and answering those who ask.
 *
 * It promises: a packet is asked for once a day, of the node that brought it and of the one that made it, as far as
 * they understand this, until it comes; that nobody has it any more is said. Who is asked for a letter in its
 * custody, and has lost its bytes too, tells its sender, once: nothing will bring it any more. Only a node that a
 * packet is for, or that gets it next, learns anything about it, and asking costs the asked one no more than a
 * look. What it still has goes its usual way: letters in custody are sent again by their sender in any case, only
 * later.
 */
import { FormatError, type NodeId, normalNiceness, type PacketId } from '@posthorn/nncp'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { AskedPacket, KeptLetter, NewOutbound } from '../../../stores/spool/index.ts'
import { type ControlHandler, type ControlKind, sealControl } from '../control/messages.ts'
import { understandsControl } from '../control/understands.ts'
import { type GiveUpContext, giveUpLetter } from '../give-up.ts'
import { postofficeLimits } from '../limits.ts'
import type { SealContext } from '../seal.ts'
import { packetList, readPacketList } from './wire.ts'

export interface AgainContext extends GiveUpContext {
  readonly seal: SealContext
  readonly departed: () => void
}

/** Asks for what was not asked for today. Answers how many packets. */
export async function askAgain(context: AgainContext, signal: AbortSignal): Promise<number> {
  const { spool, departed, log } = context
  const packets = await spool.asked.due(postofficeLimits.askedAtOnceMax)
  if (packets.length === 0) return 0
  const whom = await whomToAsk(context, packets)
  const outbound: NewOutbound[] = []
  try {
    for (const [to, ids] of whom) outbound.push(await message(context, { to, kind: 'again', ids }, signal))
    // Cut off before the mark, they are asked for once more.
    await spool.outbox.commit(outbound)
    await spool.asked.markAsked(packets.map(({ id }) => id))
  } finally {
    for (const { staged } of outbound) await staged.discard()
  }
  if (outbound.length > 0) departed()
  for (const [to, ids] of whom) log.info('a node is asked again for packets', { node: to.identity.id, packets: ids })
  return packets.length
}

async function whomToAsk(
  { directory }: AgainContext,
  packets: readonly AskedPacket[],
): Promise<ReadonlyMap<Neighbour, readonly PacketId[]>> {
  const known = new Map<NodeId, Neighbour | undefined>()
  const whom = new Map<Neighbour, PacketId[]>()
  for (const { id, sender, handedBy, gone } of packets) {
    for (const node of new Set([handedBy, sender])) {
      if (!known.has(node)) known.set(node, await directory.neighbours.get(node))
      const neighbour = known.get(node)
      if (neighbour === undefined || gone.includes(node) || !understandsControl(neighbour)) continue
      whom.set(neighbour, [...(whom.get(neighbour) ?? []), id])
    }
  }
  return whom
}

function message(
  { seal, now }: AgainContext,
  { to, kind, ids }: { to: Neighbour; kind: ControlKind; ids: readonly PacketId[] },
  signal: AbortSignal,
): Promise<NewOutbound> {
  return sealControl(seal, { to, kind, bytes: packetList(ids), niceness: normalNiceness, at: now() }, signal)
}

/** A node has lost packets: what is here for it goes its way, what is not is said. */
export function againHandler(context: AgainContext): ControlHandler {
  return async ({ from, bytes }, signal) => {
    const ids = readOrNot(bytes)
    if (ids === undefined) return { kind: 'set-aside', reason: 'a request for packets that cannot be read' }
    const gone: PacketId[] = []
    for (const id of ids) if (!(await isComing(context, id, from))) gone.push(id)
    const here = ids.length - gone.length
    if (here > 0) context.departed()
    const outbound = gone.length === 0 ? [] : [await message(context, { to: from, kind: 'gone', ids: gone }, signal)]
    return { kind: 'done', outbound, fields: { control: 'again', here, gone: gone.length } }
  }
}

/** Nobody else's packets are looked for: what it is answered is then the same as if there were none. */
async function isComing(context: AgainContext, id: PacketId, asker: Neighbour): Promise<boolean> {
  const { outbox, custody } = context.spool
  const { id: node } = asker.identity
  const waiting = await outbox.get(id)
  if (waiting !== undefined && (waiting.nextHop === node || waiting.destination === node)) return true
  if (await custody.hurry(id, node)) return true
  const letter = await custody.get(id)
  if (letter === undefined || letter.destination !== node) return false
  if (letter.roads.some(({ waits }) => waits)) return true
  await tellLost(context, letter, asker)
  return false
}

/** Should a relay have it still, its receipt is believed, and the sender hears that it arrived after all. */
async function tellLost(context: AgainContext, letter: KeptLetter, { name }: Neighbour): Promise<void> {
  const atIts = `It was damaged on the disk of ${name} before it was delivered`
  await giveUpLetter(context, letter, `${atIts}, and the copy kept at ${context.self.name} is lost too`)
}

/** A node that was asked has them no more. */
export function goneHandler({ spool, log }: AgainContext): ControlHandler {
  return async ({ from, bytes }) => {
    const ids = readOrNot(bytes)
    if (ids === undefined) return { kind: 'set-aside', reason: 'an answer about packets that cannot be read' }
    const gone = await spool.asked.noteGone(ids, from.identity.id)
    if (gone.length > 0) {
      log.error('packets that were damaged here are not at the node that was asked', { node: from.identity.id, gone })
    }
    return { kind: 'done', outbound: [], fields: { control: 'gone', packets: gone.length } }
  }
}

function readOrNot(bytes: Uint8Array): readonly PacketId[] | undefined {
  try {
    return readPacketList(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
