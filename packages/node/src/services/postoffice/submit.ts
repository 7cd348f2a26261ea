/**
 * Taking a letter in: one delivery for each mailbox here, one sealed packet for each node elsewhere.
 *
 * When `submit` resolves, every recipient's copy is on the disk. When it rejects, some copies may exist all the same;
 * the client tries again, and both the mailbox and the receiving nodes know the letter by its Message-ID.
 */
import { bulkNiceness, priorityNiceness, type RandomSource } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { MailboxStore } from '../../stores/mailbox/mailbox.ts'
import type { Body, NewOutbound } from '../../stores/spool/spool.ts'
import { readHead } from './letter/header.ts'
import type { Route, Router } from './route.ts'
import { fitsAlone, groupRecipients, type SealContext, sealLetter } from './seal.ts'

/** Whether a letter to this address can be taken, and if not, why, in words for the sender. */
export type RecipientVerdict =
  /** `here`: an address of this node's own. */
  | { readonly kind: 'ok'; readonly here: boolean }
  | { readonly kind: 'bad-address' | 'unknown-user' | 'unknown-node'; readonly text: string }

export interface SubmitContext {
  readonly seal: SealContext
  readonly route: Router
  readonly mailbox: MailboxStore
  readonly random: RandomSource
  readonly log: Log
  /** Domain of Message-IDs made here. */
  readonly domain: string
  readonly now: () => number
  /** Called when the outbox has something new. */
  readonly departed: () => void
}

export interface SubmittedLetter {
  /** Envelope sender; empty for a bounce. */
  readonly sender: string
  readonly recipients: readonly string[]
  readonly body: Body
}

export async function judge(route: Router, recipient: string): Promise<RecipientVerdict> {
  const found = await route(recipient)
  switch (found.kind) {
    case 'local':
      return { kind: 'ok', here: true }
    case 'node':
      return fitsAlone(found.address)
        ? { kind: 'ok', here: false }
        : { kind: 'bad-address', text: 'This address is too long to travel between nodes' }
    case 'bad-address':
    case 'unknown-user':
    case 'unknown-node':
      return { kind: found.kind, text: found.text }
  }
}

interface Plan {
  readonly users: Set<string>
  readonly nodes: Map<string, { readonly neighbour: Neighbour; readonly recipients: Set<string> }>
}

export async function submit(
  context: SubmitContext,
  letter: SubmittedLetter,
  signal: AbortSignal,
): Promise<{ messageId: string }> {
  const head = await readHead(letter.body.read())
  const messageId = head.messageId ?? `${randomName(context.random)}@${context.domain}`
  const body = head.messageId === null ? withMessageId(letter.body, messageId) : letter.body
  const plan = await planFor(context.route, letter.recipients)
  const niceness = head.isPostMessage ? bulkNiceness : priorityNiceness

  const outbound: NewOutbound[] = []
  try {
    for (const { neighbour, recipients } of plan.nodes.values()) {
      for (const group of groupRecipients([...recipients])) {
        const sealed = { to: neighbour, recipients: group, returnPath: letter.sender, body, niceness, messageId }
        outbound.push(await sealLetter(context.seal, { ...sealed, at: context.now() }, signal))
      }
    }
    await deliverHere(context, { users: plan.users, body, returnPath: letter.sender, messageId })
    if (outbound.length > 0) await context.seal.spool.outbox.commit(outbound)
  } finally {
    for (const { staged } of outbound) await staged.discard()
  }
  context.log.info('letter accepted', {
    messageId,
    localRecipients: plan.users.size,
    packetIds: outbound.map(packet => packet.staged.id),
  })
  if (outbound.length > 0) context.departed()
  return { messageId }
}

async function planFor(route: Router, recipients: readonly string[]): Promise<Plan> {
  const plan: Plan = { users: new Set(), nodes: new Map() }
  for (const recipient of recipients) {
    const found: Route = await route(recipient)
    if (found.kind === 'local') {
      plan.users.add(found.user)
      continue
    }
    // Judged before; since then a user or a neighbour was removed.
    if (found.kind !== 'node') throw new OperatingError(found.text, { code: found.kind, retry: 'never' })
    const { neighbour, address } = found
    const node = plan.nodes.get(neighbour.identity.id) ?? { neighbour, recipients: new Set() }
    node.recipients.add(address)
    plan.nodes.set(neighbour.identity.id, node)
  }
  return plan
}

async function deliverHere(
  context: SubmitContext,
  letter: { users: ReadonlySet<string>; body: Body; returnPath: string; messageId: string },
): Promise<void> {
  const { users, ...rest } = letter
  const deliveryId = `submission:${randomName(context.random)}`
  for (const user of users) {
    const outcome = await context.mailbox.deliver({ ...rest, user, deliveryId, at: context.now() })
    context.log.info('letter put into a mailbox here', { messageId: letter.messageId, user, outcome })
  }
}

function randomName(random: RandomSource): string {
  return Buffer.from(random(16)).toString('hex')
}

/** RFC 6409 §8.3: a submission without a Message-ID gets one. */
function withMessageId(body: Body, messageId: string): Body {
  const line = Buffer.from(`Message-ID: <${messageId}>\r\n`, 'ascii')
  return {
    sizeBytes: line.length + body.sizeBytes,
    async *read(startBytes = 0) {
      if (startBytes < line.length) yield line.subarray(startBytes)
      yield* body.read(Math.max(0, startBytes - line.length))
    },
  }
}
