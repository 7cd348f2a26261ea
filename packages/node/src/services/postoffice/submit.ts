/**
 * Taking a letter in: one delivery for each mailbox here, one sealed packet for each node elsewhere, one row of the
 * queue for each other mail system.
 *
 * When `submit` resolves, every recipient's copy is on the disk. When it rejects, some copies may exist all the same;
 * the client tries again: mailboxes and receiving nodes know the letter by its Message-ID, the queue by its bytes.
 */
import { bulkNiceness, priorityNiceness, type RandomSource } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { Journeys, SettingOut } from '../../stores/journeys/index.ts'
import type { Body, DeliveryWishes, Excerpt, NewOutbound } from '../../stores/spool/index.ts'
import { preceded } from '../../stores/spool/preceded.ts'
import { type DoneHere, deliverHere, type HereContext, type HereRecipient } from './here.ts'
import { excerptOf } from './letter/excerpt.ts'
import { type LetterHead, readHead } from './letter/header.ts'
import { goesInCircles, loopReason } from './letter/loops.ts'
import type { ReportedRecipient } from './letter/report.ts'
import { isQuiet, wants, withLifetime } from './letter/wishes.ts'
import { type Outside, type OutsidePlan, queueOutside, renamed } from './outside.ts'
import { noteRead } from './read.ts'
import type { LetterReport, ReportOutcome } from './reports.ts'
import { type Route, type Router, usersOf } from './route.ts'
import { fitsAlone, groupRecipients, type SealContext, sealLetter } from './seal.ts'

/** Whether a letter to this address can be taken, and if not, why, in words for the sender. */
export type RecipientVerdict =
  /** `here`: an address of this node's own. */
  | { readonly kind: 'ok'; readonly here: boolean }
  | { readonly kind: 'bad-address' | 'unknown-user' | 'unknown-node'; readonly text: string }

export interface SubmitContext {
  readonly seal: SealContext
  readonly route: Router
  readonly here: HereContext
  readonly outside: Outside
  readonly random: RandomSource
  readonly log: Log
  /** Domain of Message-IDs made here. */
  readonly domain: string
  readonly now: () => number
  readonly report: (event: LetterReport) => Promise<ReportOutcome>
  readonly journeys: Pick<Journeys, 'note' | 'noteHere'>
  /** Whether it is kept where letters are. */
  readonly tracks: boolean
  /** Of letters that say nothing of it themselves; 0: none. */
  readonly lifetimeDays: number
  /** Called when the outbox has something new. */
  readonly departed: () => void
}

export interface SubmittedLetter {
  /** Envelope sender; empty for a bounce. */
  readonly sender: string
  /** The user who logged in to hand it in; not given: the sender is only what somebody says. */
  readonly login?: string
  readonly recipients: readonly string[]
  readonly body: Body
  /** By the addresses of `recipients`. */
  readonly wishes?: DeliveryWishes
  /** Of a report: its name, so that it is told once. */
  readonly once?: string
  /** For the queue: names the letter in the place of its bytes, when these are others each time it is handed in. */
  readonly queuedAs?: string
}

export async function judge(route: Router, recipient: string): Promise<RecipientVerdict> {
  const found = await route(recipient)
  switch (found.kind) {
    case 'local':
    case 'list':
      return { kind: 'ok', here: true }
    case 'gateway':
      return { kind: 'ok', here: false }
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

/** The sender of this node's own reports is nobody's alias. */
export async function maySendAs(route: Router, user: string, address: string): Promise<boolean> {
  if (/^mailer-daemon[@+]/i.test(address)) return false
  return usersOf(await route(address))?.includes(user) === true
}

interface Plan {
  readonly here: HereRecipient[]
  /** The address on the way, and as it was given. */
  readonly nodes: Map<string, { readonly neighbour: Neighbour; readonly recipients: Map<string, string> }>
  readonly outside: OutsidePlan
}

export async function submit(
  context: SubmitContext,
  letter: SubmittedLetter,
  signal: AbortSignal,
): Promise<{ messageId: string }> {
  const head = await readHead(letter.body.read())
  const messageId = head.messageId ?? `${randomName(context.random)}@${context.domain}`
  if (goesInCircles(head)) throw new OperatingError(`${loopReason(head)}.`, { code: 'mail-loop', retry: 'never' })
  const body = head.messageId === null ? withMessageId(letter.body, messageId) : letter.body
  const plan = await planFor(context.route, letter.recipients)
  const niceness = head.isPostMessage ? bulkNiceness : priorityNiceness
  const { sender: returnPath, once } = letter
  const excerpt = plan.nodes.size > 0 || letter.wishes ? await excerptFor(letter, head, body) : undefined
  // The same for all packets of a letter: by it they are known to belong together.
  const at = context.now()
  const tracked = context.tracks && once === undefined && returnPath !== ''
  const quiet = isQuiet(head, letter.wishes)
  const facts = { returnPath, body, niceness, messageId, quiet, excerpt, once, tracked, at }
  // Nobody gets a report that came too late back.
  const lifetimeDays = returnPath === '' ? 0 : (head.lifetimeDays ?? context.lifetimeDays)
  const outbound: NewOutbound[] = []
  let came: Pick<DoneHere, 'failed' | 'sentOn'> = { failed: [], sentOn: [] }
  let again: () => Promise<readonly NewOutbound[]> = async () => []
  try {
    for (const { neighbour, recipients } of plan.nodes.values()) {
      const wishes = withLifetime(renamed(letter.wishes, recipients), lifetimeDays)
      for (const group of groupRecipients([...recipients.keys()])) {
        const sealed = { ...facts, wishes, to: neighbour, recipients: group }
        outbound.push(await sealLetter(context.seal, sealed, signal))
      }
    }
    // First, as it may refuse the sender.
    if (plan.outside.size > 0) {
      const queued = { ...facts, once: once ?? letter.queuedAs, wishes: withLifetime(letter.wishes, lifetimeDays) }
      await queueOutside(context.outside, queued, plan.outside)
    }
    const deliveryId = `submission:${randomName(context.random)}`
    // A report of ours goes into a full mailbox too: it is small, and there is nobody to be told of it.
    const quota = once === undefined ? 'exact' : null
    const what = { head, body, returnPath, login: letter.login, once, messageId, deliveryId, niceness } as const
    const traced = (recipient: string) => ({ kind: 'here', messageId, sender: returnPath, recipient }) as const
    const letterHere = { ...what, ...(tracked && { traced }), recipients: plan.here, quota, roundsMin: 2 } as const
    const done = await deliverHere(context.here, letterHere, signal)
    again = async () => (await deliverHere(context.here, { ...letterHere, quota: null }, signal)).outbound
    outbound.push(...done.outbound)
    const { mailboxes } = done
    if (plan.outside.size === 0) refuseIfNobodyHasIt(done, outbound)
    if (outbound.length > 0) await context.seal.spool.outbox.commit(outbound)
    came = done
    context.log.info('letter accepted', {
      ...{ messageId, mailboxes, failed: done.failed },
      packetIds: outbound.map(packet => packet.staged.id),
      gateways: [...plan.outside.keys()].map(({ name }) => name),
    })
  } finally {
    for (const { staged } of outbound) await staged.discard()
  }
  const { failed, sentOn } = came
  if (tracked) await noteHere(context.journeys, { messageId, sender: returnPath, at, sentOn, failed })
  if ((await reportFailed(context, letter, { failed, messageId, excerpt, body, at })) === 'nobody') {
    // Nobody can be told, so nobody is refused: a list that another mail system writes to, for one.
    for (const { staged } of await again()) await staged.discard()
  }
  const lost = new Set(failed.map(({ address }) => address))
  const local = plan.here.map(({ address }) => address).filter(address => !lost.has(address))
  await reportDelivered(context, letter, { local, messageId, excerpt, at })
  await noteRead(context.journeys, { head, body, returnPath, recipients: local, from: null, at })
  if (outbound.length > 0) context.departed()
  return { messageId }
}

async function planFor(route: Router, recipients: readonly string[]): Promise<Plan> {
  const plan: Plan = { here: [], nodes: new Map(), outside: new Map() }
  for (const recipient of recipients) {
    const found: Route = await route(recipient)
    if (found.kind === 'local' || found.kind === 'list') {
      plan.here.push({ address: recipient, found })
      continue
    }
    if (found.kind === 'gateway') {
      const recipients = plan.outside.get(found.gateway) ?? new Map<string, string>()
      plan.outside.set(found.gateway, recipients.set(found.address, recipient))
      continue
    }
    // Judged before; since then a user or a neighbour was removed.
    if (found.kind !== 'node') throw new OperatingError(found.text, { code: found.kind, retry: 'never' })
    const { neighbour, address } = found
    const node = plan.nodes.get(neighbour.identity.id) ?? { neighbour, recipients: new Map<string, string>() }
    node.recipients.set(address, recipient)
    plan.nodes.set(neighbour.identity.id, node)
  }
  return plan
}

/** What is not noted by whoever keeps the letter: cut off before, it is handed in again. */
async function noteHere(
  journeys: SubmitContext['journeys'],
  { sentOn, failed, ...letter }: Omit<SettingOut, 'recipients'> & Pick<DoneHere, 'sentOn' | 'failed'>,
): Promise<void> {
  const facts = { at: letter.at, where: null }
  if (sentOn.length > 0) await journeys.noteHere({ ...letter, recipients: sentOn }, { ...facts, kind: 'forwarded' })
  for (const { address, reason } of failed) {
    await journeys.noteHere({ ...letter, recipients: [address] }, { ...facts, kind: 'failed', reason })
  }
}

/**
 * Full mailboxes are the sender's to know: at once, when nobody else has the letter; else by a report, since one full
 * mailbox of a group must not keep the letter from all others.
 */
function refuseIfNobodyHasIt({ mailboxes, failed }: DoneHere, outbound: readonly NewOutbound[]): void {
  const [first] = failed
  if (first === undefined || outbound.length > 0) return
  if (Object.values(mailboxes).some(outcome => outcome !== 'full' && outcome !== 'refused')) return
  const code = first.status === '5.2.2' ? 'mailbox-full' : 'unknown-node'
  throw new OperatingError(first.reason, { code, retry: 'never' })
}

async function reportFailed(
  context: SubmitContext,
  { sender: returnPath, recipients, wishes }: SubmittedLetter,
  letter: {
    failed: readonly ReportedRecipient[]
    messageId: string
    excerpt: Excerpt | undefined
    body: Body
    at: number
  },
): Promise<ReportOutcome | undefined> {
  const { failed, messageId, body, at } = letter
  if (failed.length === 0) return undefined
  const event = ['submission', messageId, returnPath, ...failed.map(({ address }) => address)].join('\n')
  const envelope = { returnPath, recipients, ...(wishes && { wishes }) }
  const original = letter.excerpt ?? (await excerptOf(body, wishes?.returns === 'full'))
  const about = { envelope, recipients: failed, messageId, original, arrivedAt: at }
  return context.report({ kind: 'failed', event, ...about })
}

/** Sealed, a letter can be read here no more: what its report will need is kept beside it, if it may have one. */
async function excerptFor(letter: SubmittedLetter, head: LetterHead, body: Body): Promise<Excerpt | undefined> {
  const isOwed = letter.sender !== '' && !isQuiet(head, letter.wishes)
  return isOwed ? excerptOf(body, letter.wishes?.returns === 'full') : undefined
}

/** For NOTIFY=SUCCESS; tried again with the letter when it could not be kept. */
async function reportDelivered(
  context: SubmitContext,
  { sender: returnPath, recipients, wishes }: SubmittedLetter,
  taken: { local: readonly string[]; messageId: string; excerpt: Excerpt | undefined; at: number },
): Promise<void> {
  if (wishes === undefined) return
  const { local, messageId, excerpt, at } = taken
  const envelope = { returnPath, recipients, wishes }
  const delivered = local.filter(address => wants(envelope, address, 'success'))
  if (delivered.length === 0) return
  const reason = `It is in a mailbox of ${context.domain}`
  await context.report({
    ...{ kind: 'delivered', event: ['submission', messageId, returnPath, ...delivered].join('\n'), envelope },
    recipients: delivered.map(address => ({ address, status: '2.1.5', reason })),
    ...{ messageId, original: excerpt === undefined ? null : { ...excerpt, whole: false }, arrivedAt: at },
  })
}

function randomName(random: RandomSource): string {
  return Buffer.from(random(16)).toString('hex')
}

/** RFC 6409 §8.3: a submission without a Message-ID gets one. */
function withMessageId(body: Body, messageId: string): Body {
  return preceded(body, Buffer.from(`Message-ID: <${messageId}>\r\n`, 'ascii'))
}
