/** What came and was taken back before it was acted on. */
import { type OpenedPacket, type PacketId, parseExecPath } from '@posthorn/nncp'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import { type InboundPacket, type NewOutbound, wholePacket } from '../../../stores/spool/index.ts'
import { controlHandle } from '../control/messages.ts'
import type { TossOutcome } from '../handlers/outcome.ts'
import { mailHandle } from '../seal.ts'
import { type DropContext, sealReports } from './drop.ts'
import { dig } from './graves.ts'

interface Tossed {
  readonly packet: InboundPacket
  readonly from: Neighbour
  readonly opened: OpenedPacket
}

/**
 * Acts on a packet for those recipients for whom it was not taken back. Its sender is told of the others, with the end
 * of the packet in one commit.
 */
export async function actUnlessDropped(
  context: DropContext,
  { packet, from, opened }: Tossed,
  act: (recipients: readonly string[]) => Promise<TossOutcome>,
  signal: AbortSignal,
): Promise<TossOutcome> {
  const recipients = recipientsOf(opened)
  const letter = { letter: packet.id, sender: from.identity.id }
  const dug = recipients === undefined ? undefined : await dig(context, letter, recipients)
  if (recipients === undefined || dug === undefined || dug.reports.length === 0) return act(recipients ?? [])
  if (dug.left.length === 0) {
    await opened.close()
    const answer = await answerOf(context, { packet, from, reports: dug.reports }, signal)
    return { kind: 'done', outbound: answer, fields: { dropped: recipients } }
  }
  const outcome = await act(dug.left)
  // Told when it is through; until then all of this is done again.
  if (outcome.kind !== 'done' && outcome.kind !== 'set-aside') return outcome
  const { outbound = [] } = outcome
  try {
    return { ...outcome, outbound: [...outbound, ...(await answerOf(context, { packet, from, ...dug }, signal))] }
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
}

/** Undefined for what nobody takes back here. */
function recipientsOf({ plain }: OpenedPacket): readonly string[] | undefined {
  if (plain.type === 'file' || plain.type === 'freq') return [wholePacket]
  if (plain.type !== 'exec' && plain.type !== 'exec-fat') return undefined
  const { handle, args } = parseExecPath(plain.path)
  if (handle === mailHandle) return args
  return handle === controlHandle ? undefined : [wholePacket]
}

function answerOf(
  context: DropContext,
  { packet, from, reports }: Omit<Tossed, 'opened'> & Pick<NonNullable<Awaited<ReturnType<typeof dig>>>, 'reports'>,
  signal: AbortSignal,
): Promise<NewOutbound[]> {
  return sealReports(context, { to: from, reports, niceness: packet.niceness }, signal)
}

/** The same for what would be passed on: called in turn with `drop`, so that neither misses the other. */
export async function dropUnpassed(
  context: DropContext,
  { packet, from }: Omit<Tossed, 'opened'>,
  inner: PacketId,
  signal: AbortSignal,
): Promise<readonly NewOutbound[] | undefined> {
  const dug = await dig(context, { letter: inner, sender: from.identity.id }, [wholePacket])
  if (dug === undefined || dug.left.length > 0) return undefined
  return answerOf(context, { packet, from, reports: dug.reports }, signal)
}
