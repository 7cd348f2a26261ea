/**
 * Packets that can never leave, because the node that should get them next was removed from the neighbours, a person
 * removed them, or the disk has damaged them.
 *
 * The sender of a letter is told first, then the packet goes: cut off in between, both are done again and the telling
 * is told once. What is passed on for others has no sender that could be told, and custody is ours: it is set aside.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import type { MailboxStore } from '../../stores/mailbox/mailbox.ts'
import type { OutboundPacket, Spool } from '../../stores/spool/spool.ts'
import { bodyInMemory } from './handlers/mail.ts'
import { parseAddress } from './letter/address.ts'
import { failureReport } from './letter/report.ts'
import { postofficeLimits } from './limits.ts'
import type { Router, Self } from './route.ts'

export interface GiveUpContext {
  readonly self: Self
  readonly domain: string
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly directory: Directory
  readonly route: Router
  readonly log: Log
  now(): number
}

/** Every packet for this hop leaves the outbox. Answers how many. */
export async function giveUp(context: GiveUpContext, nextHop: NodeId): Promise<number> {
  const { outbox } = context.spool
  const reason = `Its node was removed from the neighbours of ${context.self.name} before the message arrived there`
  for (let packets = 0; ; ) {
    const page = await outbox.page(nextHop, { after: null, limit: postofficeLimits.givenUpAtOnceMax })
    if (page.length === 0) return packets
    for (const packet of page) {
      if (packet.kind === 'relayed') await setAside(context, packet)
      else {
        await tellSender(context, packet, reason)
        await outbox.release(packet.id, context.now())
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
 * A letter will not arrive: its sender is told why, once, if it is somebody here. Answers whether it is.
 *
 * @param reason for the sender, without a full stop.
 */
export async function tellSender(context: GiveUpContext, packet: OutboundPacket, reason: string): Promise<boolean> {
  const { self, domain, mailbox, log } = context
  const { id: packetId, messageId, nextHop, envelope } = packet
  const fields = { packetId, messageId, nextHop }
  const to = envelope === null ? undefined : parseAddress(envelope.returnPath)
  const sender = envelope === null || to === undefined ? undefined : await context.route(envelope.returnPath)
  if (envelope === null || to === undefined || sender?.kind !== 'local') {
    if (packet.kind === 'letter') log.warn('a letter was given up, and nobody here sent it', fields)
    return false
  }
  const at = context.now()
  const reportId = `undelivered.${packetId.toLowerCase()}@${domain}`
  const text = failureReport({
    reporter: { domain, nodeName: self.name },
    to,
    failed: envelope.recipients.map(address => ({ address, status: '5.4.4', reason })),
    originalMessageId: messageId,
    messageId: reportId,
    boundary: `report-${packetId.slice(0, 32).toLowerCase()}`,
    at,
  })
  const body = bodyInMemory(Buffer.from(text, 'ascii'))
  const delivery = { user: sender.user, body, returnPath: '', messageId: reportId, deliveryId: reportId, at }
  await mailbox.deliver(delivery)
  log.warn('a letter was given up, and its sender told', fields)
  return true
}
