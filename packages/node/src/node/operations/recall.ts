/** Letters that are taken back: out of the queues of this node, and after those that have left. */
import type { NodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Journey } from '../../stores/journeys/index.ts'
import type { RecallAnswer, RecalledLetter } from '../../stores/spool/index.ts'
import type { ServedNode } from '../served.ts'
import type { RecallNode, RecallState, RecallStatus } from './letter-types.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

export async function recallLetter(
  node: ServedNode,
  params: ParamsOf<'letter.recall'>,
  context: OperationContext,
): Promise<ResultOf<'letter.recall'>> {
  const { sender = null, recipients = null } = params
  const messageId = params.messageId.replace(/^<(.*)>$/, '$1')
  const isMeant = (recipient: string) =>
    recipients === null || recipients.some(one => one.toLowerCase() === recipient.toLowerCase())
  const queued = await takeOutOfQueue(node, { messageId, sender, isMeant })
  const { letters, journeys } = await node.postOffice.recall({ messageId, sender, recipients }, context.signal)
  const found = new Map<string, RecallStatus>()
  for (const journey of journeys)
    if (isMeant(journey.recipient)) found.set(journey.recipient, await wayOf(node, journey))
  for (const [recipient, state] of queued) found.set(recipient, { ...nowhere, recipient, state })
  for (const letter of letters) {
    if (isMeant(letter.recipient)) found.set(letter.recipient, await statusOf(node, letter))
  }
  if (found.size > 0) return { messageId, recipients: [...found.values()] }
  const text = 'No letter of this Message-ID is known here'
  const whom = recipients === null ? '' : ' for these recipients'
  const message = `${text}${whom}: it was not sent from this node, or so long ago that it is forgotten.`
  throw new OperatingError(message, { code: 'no-such-letter', retry: 'never' })
}

const nowhere = { node: null, copies: [], relays: [], answeredAt: null } as const

async function takeOutOfQueue(
  { queue, gateways }: ServedNode,
  which: { messageId: string; sender: string | null; isMeant: (recipient: string) => boolean },
): Promise<Map<string, RecallState>> {
  const states = new Map<string, RecallState>()
  for (const { id, envelope } of await queue.ofMessage(which.messageId)) {
    if (which.sender !== null && envelope.returnPath.toLowerCase() !== which.sender.toLowerCase()) continue
    const meant = envelope.recipients.filter(which.isMeant)
    const taken = meant.length > 0 && (await gateways.takeBack(id, meant))
    for (const recipient of meant) states.set(recipient, taken ? 'taken-back' : 'outside')
  }
  return states
}

const states = {
  kept: 'taken-back',
  awaited: 'recalled',
  dropped: 'recalled',
  late: 'too-late',
  full: 'refused',
} as const satisfies Record<RecallAnswer, RecallState>

async function statusOf(node: ServedNode, letter: RecalledLetter): Promise<RecallStatus> {
  const { recipient, answer, asked, copies, answeredAt } = letter
  const relays: RecallStatus['relays'][number][] = []
  for (const relay of letter.relays) relays.push({ ...(await nameOf(node, relay.node)), answer: relay.answer })
  return {
    ...{ recipient, copies, relays, state: answer === null ? (asked ? 'asked' : 'not-asked') : states[answer] },
    node: await nameOf(node, letter.destination),
    answeredAt: answeredAt === null ? null : new Date(answeredAt).toISOString(),
  }
}

/** Of what was not taken back, because it had ended or lies in a mailbox here. */
async function wayOf(node: ServedNode, { recipient, state, letters }: Journey): Promise<RecallStatus> {
  const [letter] = letters
  const where = letter === undefined ? null : await nameOf(node, letter.destination)
  const taken = state === 'recalled' ? 'taken-back' : 'ended'
  const left = state === 'outside' ? 'outside' : taken
  const isHere = letter === undefined && (state === 'delivered' || state === 'fetched' || state === 'read')
  return { ...nowhere, recipient, state: isHere ? 'here' : left, node: where }
}

async function nameOf({ directory }: ServedNode, id: NodeId): Promise<RecallNode> {
  return { id, name: (await directory.neighbours.get(id))?.name ?? null }
}
