/**
 * What is taken back, seen from the node that it came to: which recipients of a packet are not to have it any more.
 *
 * A tombstone concerns only packets of the node that it came from. What was there before it and may have been acted on
 * in part (a letter for a list, a program that may have run) is too late; who has the letter is asked of the mailbox.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Directory } from '../../../stores/directory/directory.ts'
import type { MailboxStore } from '../../../stores/mailbox/mailbox.ts'
import { type DropOutcome, type Spool, type Tombstone, wholePacket } from '../../../stores/spool/index.ts'
import type { Router } from '../route.ts'
import type { DropReport } from './wire.ts'

export interface GraveContext {
  readonly spool: Spool
  readonly directory: Directory
  readonly mailbox: Pick<MailboxStore, 'wasDelivered'>
  readonly route: Router
}

type Letter = Pick<DropReport, 'letter'> & { readonly sender: NodeId }

/** What came of it, for its sender; and for whom the packet is acted on all the same. */
export interface Dug {
  readonly reports: readonly DropReport[]
  /** Of the recipients that were asked for. */
  readonly left: readonly string[]
}

/**
 * Called when a packet is about to be acted on, or was set aside: decides for each recipient for good, and remembers
 * that. Undefined when nothing of it was taken back.
 */
export async function dig(
  context: GraveContext,
  { letter, sender }: Letter,
  recipients: readonly string[],
): Promise<Dug | undefined> {
  const { tombstones } = context.spool
  const stones = await tombstones.get(letter, sender)
  if (stones.length === 0) return undefined
  const outcomes = new Map<string, DropOutcome>()
  for (const recipient of recipients) {
    const stone = stones.find(one => one.recipient === recipient || one.recipient === wholePacket)
    if (stone !== undefined) outcomes.set(recipient, await outcomeFor(context, { letter, stone, recipient }))
  }
  const of = (outcome: DropOutcome) => [...outcomes].filter(([, one]) => one === outcome).map(([name]) => name)
  const reports: DropReport[] = []
  for (const answer of ['dropped', 'late'] as const) {
    const named = of(answer)
    if (named.length === 0) continue
    const isWhole = stones.some(({ recipient }) => recipient === wholePacket)
    await tombstones.conclude({ letter, sender, recipients: isWhole ? [...named, wholePacket] : named }, answer)
    reports.push({ letter, answer, recipients: named.filter(name => name !== wholePacket) })
  }
  const dropped = new Set(of('dropped'))
  return { reports, left: recipients.filter(recipient => !dropped.has(recipient)) }
}

async function outcomeFor(
  context: GraveContext,
  { letter, stone, recipient }: { letter: string; stone: Tombstone; recipient: string },
): Promise<DropOutcome> {
  if (stone.outcome !== null) return stone.outcome
  if (!stone.wasHere) return 'dropped'
  if (recipient === wholePacket) return 'late'
  return (await mayHaveBeenGiven(context, letter, recipient)) ? 'late' : 'dropped'
}

/** Of a letter that came: whether a toss that was cut off may have delivered it. Of a mailbox here that is known. */
export async function mayHaveBeenGiven(
  { route, directory, mailbox }: Omit<GraveContext, 'spool'>,
  letter: string,
  recipient: string,
): Promise<boolean> {
  const found = await route(recipient)
  // What goes on from here may have gone on before.
  if (found.kind !== 'local' || directory.users.settings(found.user)?.forward) return true
  return mailbox.wasDelivered(found.user, letter)
}
