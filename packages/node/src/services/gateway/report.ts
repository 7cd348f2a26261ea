/** What senders hear of letters for other mail systems. */
import type { Handover } from '../../stores/queue/index.ts'
import type { Envelope } from '../../stores/spool/envelope.ts'
import type { Body } from '../../stores/spool/spool.ts'
import type { GatewayContext, GatewayReport } from './context.ts'

export function reportOf(
  { envelope, messageId, queuedAt }: Handover,
  body: Body | undefined,
): Pick<GatewayReport, 'messageId' | 'body' | 'arrivedAt'> & { envelope: Envelope } {
  return { envelope, messageId, body, arrivedAt: queuedAt }
}

/** The same of all recipients that are left. */
export async function reportOnAll(
  context: GatewayContext,
  handover: Handover,
  what: { kind: GatewayReport['kind']; status: string; willRetryUntil?: number },
): Promise<void> {
  const { status, ...rest } = what
  const reason = handover.reason ?? `It could not be handed to ${handover.gateway} yet`
  const recipients = handover.envelope.recipients.map(address => ({ address, status, reason }))
  const body = await context.queue.open(handover.id)
  await context.report({ ...reportOf(handover, body), ...rest, event: `gateway:${handover.id}`, recipients })
}
