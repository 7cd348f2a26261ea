/**
 * Packets that can never leave, because the node that should get them next was removed from the neighbours, a person
 * removed them, or the disk has damaged them.
 *
 * The sender of a letter is told first, then the packet goes: cut off in between, both are done again and the telling
 * is told once. What is passed on for others has no sender that could be told, and custody is ours: it is set aside.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Directory } from '../../stores/directory/directory.ts'
import type { OutboundPacket, Spool } from '../../stores/spool/spool.ts'
import { postofficeLimits } from './limits.ts'
import { type ReportContext, report } from './reports.ts'

export interface GiveUpContext extends ReportContext {
  readonly spool: Spool
  readonly directory: Directory
}

/** Every packet for this hop leaves the outbox. Answers how many. */
export async function giveUp(context: GiveUpContext, nextHop: NodeId): Promise<number> {
  const { outbox, waiting } = context.spool
  const reason = `Its node was removed from the neighbours of ${context.self.name} before the message arrived there`
  for (let packets = 0; ; ) {
    const page = await outbox.page(nextHop, { after: null, limit: postofficeLimits.givenUpAtOnceMax })
    if (page.length === 0) return packets
    for (const packet of page) {
      if (packet.kind === 'relayed') await setAside(context, packet)
      else {
        await tellSender(context, packet, reason)
        await waiting.abandon([packet.id], { kind: 'failed', at: context.now(), reason })
      }
      packets += 1
    }
  }
}

/** Packets whose next hop is no neighbour: a removal was cut off, or a letter was handed in during it. */
export async function giveUpStranded(context: GiveUpContext): Promise<void> {
  for (const { nextHop } of await context.spool.outbox.summary()) {
    if ((await context.directory.neighbours.get(nextHop)) === undefined) await giveUp(context, nextHop)
  }
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
export async function tellSender(context: GiveUpContext, packet: OutboundPacket, reason: string): Promise<boolean> {
  const { id: packetId, messageId, nextHop, envelope, at } = packet
  if (envelope === null) return false
  const original = (await context.spool.waiting.excerpt(packetId)) ?? null
  const recipients = envelope.recipients.map(address => ({ address, status: '5.4.4', reason }))
  const event = { kind: 'failed', event: packetId, envelope, recipients, messageId, original, arrivedAt: at } as const
  const outcome = await report(context, event)
  context.log.warn('a letter was given up', { packetId, messageId, nextHop, outcome })
  return outcome === 'told'
}
