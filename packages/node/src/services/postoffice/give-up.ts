/**
 * Packets that can never leave, because the node that should get them next was removed from the neighbours, a person
 * removed them, or the disk has damaged them.
 *
 * The sender of a letter is told first, then the packet goes: cut off in between, both are done again and the telling
 * is told once. What is passed on for others has no sender that could be told, and custody is ours: it is set aside.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Directory } from '../../stores/directory/directory.ts'
import type { KeptLetter } from '../../stores/spool/index.ts'
import type { OutboundPacket, Spool } from '../../stores/spool/spool.ts'
import { postofficeLimits } from './limits.ts'
import { stillMeant } from './recall/still-meant.ts'
import { type ReportContext, report } from './reports.ts'

export interface GiveUpContext extends ReportContext {
  readonly spool: Spool
  readonly directory: Directory
}

/** Every packet for this hop leaves the outbox. Answers how many. */
export async function giveUp(context: GiveUpContext, nextHop: NodeId): Promise<number> {
  const { outbox, custody } = context.spool
  const reason = `Its node was removed from the neighbours of ${context.self.name} before the message arrived there`
  for (let packets = 0; ; ) {
    const page = await outbox.page(nextHop, { after: null, limit: postofficeLimits.givenUpAtOnceMax })
    if (page.length === 0) {
      const letters = await custody.page(nextHop, { after: 0, limit: postofficeLimits.givenUpAtOnceMax })
      if (letters.length === 0) return packets
      for (const letter of letters) await giveUpLetter(context, letter, reason)
      packets += letters.length
    }
    for (const packet of page) {
      if (packet.kind === 'relayed') await setAside(context, packet)
      else if (await hasOtherRoads(context, packet, nextHop)) await custody.dropRoad(packet.id)
      else await giveUpPacket(context, packet, reason)
      packets += 1
    }
  }
}

/** Packets whose next hop is no neighbour: a removal was cut off, or a letter was handed in during it. */
export async function giveUpStranded(context: GiveUpContext): Promise<void> {
  for (const { nextHop } of await context.spool.outbox.summary()) {
    if ((await context.directory.neighbours.get(nextHop)) === undefined) await giveUp(context, nextHop)
  }
  for (const { destination } of await context.spool.custody.summary()) {
    if ((await context.directory.neighbours.get(destination)) === undefined) await giveUp(context, destination)
  }
}

/** A letter in custody whose relay is no neighbour any more, but its own node is. */
async function hasOtherRoads(context: GiveUpContext, packet: OutboundPacket, gone: NodeId): Promise<boolean> {
  const { custody, destination } = packet
  if (custody === null || destination === gone) return false
  return (await context.directory.neighbours.get(destination)) !== undefined
}

/** The sender is told, and the packet leaves: with all others of its letter, when that is in custody. */
export async function giveUpPacket(context: GiveUpContext, packet: OutboundPacket, reason: string): Promise<boolean> {
  const { custody, waiting } = context.spool
  const letter = packet.custody === null ? undefined : await custody.get(packet.custody)
  if (letter !== undefined) return giveUpLetter(context, letter, reason)
  const told = await tellSender(context, packet, reason)
  await waiting.abandon([packet.id], { kind: 'failed', at: context.now(), reason })
  return told
}

/** The same of a letter in custody. */
export async function giveUpLetter(context: GiveUpContext, letter: KeptLetter, why: string): Promise<boolean> {
  const handed = letter.handedOverAt !== null
  const reason = handed ? `${why}. It had been handed over to the next node, and may still arrive` : why
  const told = await tellSender(context, { ...letter, nextHop: letter.destination }, reason)
  await context.spool.waiting.abandon([letter.id], { kind: 'failed', at: context.now(), reason })
  return told
}

async function setAside(context: GiveUpContext, packet: OutboundPacket): Promise<void> {
  const { self, spool, log } = context
  const { id, nextHop } = packet
  const reason = `passed on for others, but its next node was removed from the neighbours of ${self.name}: ${nextHop}`
  await spool.outbox.quarantine(id, { reason, at: context.now() })
  log.warn('a packet of others was set aside', { packetId: id, nextHop })
}

/**
 * A letter will not arrive: its sender is told why, once. Answers whether somebody was.
 *
 * @param reason for the sender, without a full stop.
 */
export async function tellSender(
  context: GiveUpContext,
  packet: Pick<OutboundPacket, 'id' | 'messageId' | 'nextHop' | 'envelope' | 'at'>,
  reason: string,
): Promise<boolean> {
  const { id: packetId, messageId, nextHop, envelope, at } = packet
  if (envelope === null) return false
  const original = (await context.spool.waiting.excerpt(packetId)) ?? null
  const left = await stillMeant(context.spool, packet.id, envelope.recipients)
  const recipients = left.map(address => ({ address, status: '5.4.4', reason }))
  const event = { kind: 'failed', event: packetId, envelope, recipients, messageId, original, arrivedAt: at } as const
  const outcome = await report(context, event)
  context.log.warn('a letter was given up', { packetId, messageId, nextHop, outcome })
  return outcome === 'told'
}
