/**
 * The `sendmail` handle: an exec packet whose arguments are recipients and whose body is a letter.
 *
 * Arguments are data: each is parsed as an address and can become nothing else. The body is read to its end, and so
 * proven, before anything is delivered. Delivering twice is harmless: the mailbox knows packet id and Message-ID.
 */
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { Journeys } from '../../../stores/journeys/index.ts'
import { type DeliveryWishes, type OwedReceipt, outcomes } from '../../../stores/spool/index.ts'
import type { Body, InboundPacket, NewOutbound } from '../../../stores/spool/spool.ts'
import { after, bodyInMemory } from '../body.ts'
import { understandsControl } from '../control/understands.ts'
import { deliverHere, type HereContext, type HereRecipient } from '../here.ts'
import { idPrefixInDomain, idPrefixOf, parseAddress } from '../letter/address.ts'
import { excerptOf } from '../letter/excerpt.ts'
import { type LetterHead, readHead } from '../letter/header.ts'
import { goesInCircles, loopReason } from '../letter/loops.ts'
import type { ReportedRecipient } from '../letter/report.ts'
import { isQuiet } from '../letter/wishes.ts'
import { mayUse, type OutsidePlan, queueOutside, senderFault } from '../outside.ts'
import { noteRead } from '../read.ts'
import { mayHaveBeenGiven } from '../recall/graves.ts'
import { composeReport, type ReportNames } from '../reports.ts'
import type { Self } from '../route.ts'
import { fitsAlone, sealLetter } from '../seal.ts'
import type { TossOutcome } from './outcome.ts'

export interface MailHandlerContext extends HereContext {
  readonly self: Self
  readonly reportName: ReportNames
  readonly journeys: Pick<Journeys, 'note'>
}

export interface IncomingLetter {
  readonly packet: InboundPacket
  readonly from: Neighbour
  /** For whom something is to be done. */
  readonly recipients: readonly string[]
  /** As the packet has them, also those for whom it was taken back. */
  readonly addressed: readonly string[]
  /** Already unpacked and proven. */
  readonly body: Body
}

export async function handleMail(
  context: MailHandlerContext,
  letter: IncomingLetter,
  signal: AbortSignal,
): Promise<TossOutcome> {
  const head = await readHead(letter.body.read())
  const spoofed = whoseSender(context.self, head.returnPath, letter.from)
  if (spoofed !== undefined) return { kind: 'set-aside', reason: spoofed, receipt: receiptOf(letter, head, 'refused') }

  const expired = await outlivedFor(context, letter, head)
  const left = letter.recipients.filter(address => !expired.includes(address))
  if (expired.length > 0 && left.length === 0) {
    return { kind: 'done', outbound: [], fields: { expired }, receipt: receiptOf(letter, head, [], expired) }
  }
  const { recipients, outside, refused } = await sortRecipients(context, { ...letter, recipients: left }, head)
  const body = after(letter.body, head.envelopeBytes)
  const { returnPath, messageId } = head
  if (outside.size > 0) {
    const wishes = await wishesLeft(context, letter.from, head)
    const facts = { wishes, quiet: isQuiet(head, head.wishes), once: undefined, messageId, body, at: context.now() }
    await queueOutside(context.outside, { ...facts, returnPath: returnPath ?? '' }, outside)
  }
  const { id: deliveryId, niceness } = letter.packet
  const node = letter.from.identity.id
  const traced = (recipient: string) =>
    ({ kind: 'node', letter: deliveryId, node, place: letter.addressed.indexOf(recipient) }) as const
  const wants = understandsControl(letter.from)
  const here = {
    ...(wants && { traced }),
    packet: letter.packet,
    recipients,
    head,
    body,
    returnPath,
    messageId,
    deliveryId,
    niceness,
  } as const
  // A mail program behind stock NNCP may write the recipient there when it hands the letter over, for the first time.
  const toHere = { ...here, quota: 'reserve', roundsMin: letter.from.posthorn ? 1 : 2 } as const
  const { mailboxes, outbound, failed: lost } = await deliverHere(context, toHere, signal)
  const reached = { recipients: recipients.map(({ address }) => address), from: node }
  await noteRead(context.journeys, { head, body, returnPath, ...reached, at: context.now() })
  const failed = [...refused, ...lost]
  const gateways = [...outside.keys()].map(({ name }) => name)
  const fields = { messageId, mailboxes, gateways, failed, expired, sentOn: outbound.length }
  const receipt = receiptOf(letter, head, failed, expired)
  try {
    if (failed.length === 0) return { kind: 'done', outbound, fields, receipt }
    const report = await reportTo(context, { ...letter, beginning: body }, head, failed, signal)
    if (report === 'not-wanted') return { kind: 'done', outbound, fields, receipt }
    if (report === 'nobody') {
      const reasons = failed.map(({ address, reason }) => `${address} (${reason})`).join(', ')
      return {
        kind: 'set-aside',
        reason: `not delivered to ${reasons}, and no sender to tell`,
        outbound,
        fields,
        receipt,
      }
    }
    return { kind: 'done', outbound: [...outbound, report], fields, receipt }
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
}

/** A letter that is larger than this node takes: it is kept as it came, and its sender is told. */
export async function refuseTooLarge(
  context: MailHandlerContext,
  letter: Omit<IncomingLetter, 'body'> & { readonly beginning: Body; readonly messageBytesMax: number },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const head = await readHead(letter.beginning.read())
  const reason = `The letter is larger than the ${letter.messageBytesMax} bytes that ${context.self.name} takes`
  const failed = letter.recipients.map(address => ({ address, status: '5.3.4', reason }))
  const spoofed = whoseSender(context.self, head.returnPath, letter.from) !== undefined
  const beginning = after(letter.beginning, head.envelopeBytes)
  // Of a letter that is too large there is no whole.
  const { wishes: { returns: _, ...wishes } = {} } = head
  const cut = { ...head, wishes }
  const report = spoofed ? 'nobody' : await reportTo(context, { ...letter, beginning }, cut, failed, signal)
  const receipt = receiptOf(letter, head, spoofed ? 'refused' : failed)
  return { kind: 'set-aside', reason, outbound: typeof report === 'string' ? [] : [report], receipt }
}

/** What its sender is owed, if it asked: what became of the letter for each address, in their order. */
function receiptOf(
  { addressed, recipients }: Pick<IncomingLetter, 'addressed' | 'recipients'>,
  { number }: LetterHead,
  failed: readonly ReportedRecipient[] | 'refused',
  expired: readonly string[] = [],
): OwedReceipt | undefined {
  if (number === undefined) return undefined
  const lost = failed === 'refused' ? undefined : new Set(failed.map(({ address }) => address))
  const outcomeOf = (address: string) => {
    if (!recipients.includes(address)) return outcomes.recalled
    if (expired.includes(address)) return outcomes.expired
    if (lost === undefined) return outcomes.refused
    return lost.has(address) ? outcomes.failed : outcomes.delivered
  }
  return { number, outcomes: Uint8Array.from(addressed, outcomeOf) }
}

/**
 * For whom the letter comes too late: surely more whole days have passed than its sender gave it to live. Whoever may
 * have it already keeps it, and what has no mailbox here (lists, forwards, other mail systems) is given it though late.
 */
async function outlivedFor(
  context: MailHandlerContext,
  { packet, from, recipients }: IncomingLetter,
  { number, wishes: { lifetimeDays } = {} }: LetterHead,
): Promise<readonly string[]> {
  if (number === undefined || lifetimeDays === undefined) return []
  const ageDays = await context.seal.spool.receipts.ageDaysMin(from.identity.id, number)
  if (ageDays <= lifetimeDays) return []
  const given = await Promise.all(recipients.map(address => mayHaveBeenGiven(context, packet.id, address)))
  return recipients.filter((_, index) => given[index] === false)
}

/** The gateway counts from today on: what is surely past of its lifetime is taken off. Below 0 it is too late. */
async function wishesLeft(
  { seal }: MailHandlerContext,
  from: Neighbour,
  { number, wishes }: LetterHead,
): Promise<DeliveryWishes | undefined> {
  if (wishes?.lifetimeDays === undefined || number === undefined) return wishes
  const ageDays = await seal.spool.receipts.ageDaysMin(from.identity.id, number)
  return { ...wishes, lifetimeDays: wishes.lifetimeDays - ageDays }
}

/** A node speaks for its own addresses only: neither for ours nor for those of a third node. */
export function whoseSender(self: Self, returnPath: string | null, from: Neighbour): string | undefined {
  const domain = returnPath === null ? undefined : parseAddress(returnPath)?.domain
  if (domain === undefined) return undefined
  const prefix = idPrefixInDomain(domain)
  const foreign = prefix !== undefined && prefix !== idPrefixOf(from.identity.id)
  if (!foreign && !self.domains.includes(domain)) return undefined
  return `the letter claims to be from ${domain}, but node ${from.name} sent it`
}

async function sortRecipients(
  context: MailHandlerContext,
  letter: IncomingLetter,
  head: LetterHead,
): Promise<{ recipients: HereRecipient[]; outside: OutsidePlan; refused: ReportedRecipient[] }> {
  const recipients: HereRecipient[] = []
  const outside: OutsidePlan = new Map()
  const failed: ReportedRecipient[] = []
  for (const address of letter.recipients) {
    const found = await context.route(address)
    switch (found.kind) {
      case 'local':
      case 'list':
        if (goesInCircles(head)) failed.push({ address, status: '5.4.6', reason: loopReason(head) })
        else recipients.push({ address, found })
        break
      case 'gateway': {
        const { gateway } = found
        const fault = senderFault(gateway, head.returnPath ?? '')
        if (!mayUse(gateway, letter.from.name)) failed.push({ address, status: '5.7.1', reason: noRelay(context) })
        else if (goesInCircles(head)) failed.push({ address, status: '5.4.6', reason: loopReason(head) })
        else if (fault !== undefined) failed.push({ address, status: '5.1.7', reason: fault })
        else outside.set(gateway, (outside.get(gateway) ?? new Map()).set(found.address, address))
        break
      }
      case 'unknown-user':
        failed.push({ address, status: '5.1.1', reason: found.text })
        break
      case 'bad-address':
        failed.push({ address, status: '5.1.3', reason: found.text })
        break
      case 'unknown-node':
      case 'node':
        failed.push({ address, status: '5.7.1', reason: noRelay(context) })
        break
    }
  }
  if (letter.recipients.length === 0)
    failed.push({ address: '(nobody)', status: '5.1.3', reason: 'No recipient was named' })
  return { recipients, outside, refused: failed }
}

function noRelay({ self }: MailHandlerContext): string {
  return `Node ${self.name} does not pass mail on to others`
}

/**
 * Goes back to the node that the letter came from, and to nobody else: no bounce for a bounce, none to strangers.
 * `not-wanted` by its sender, who said so.
 */
async function reportTo(
  context: MailHandlerContext,
  letter: Omit<IncomingLetter, 'body'> & { readonly beginning: Body },
  head: LetterHead,
  failed: readonly ReportedRecipient[],
  signal: AbortSignal,
): Promise<NewOutbound | 'not-wanted' | 'nobody'> {
  const { returnPath, wishes, messageId } = head
  if (returnPath === null || isQuiet(head, wishes) || !fitsAlone(returnPath)) return 'nobody'
  const at = context.now()
  const composed = composeReport(context, {
    ...{ kind: 'failed', event: letter.packet.id, messageId, recipients: failed },
    arrivedAt: letter.packet.receivedAt,
    envelope: { returnPath, recipients: letter.recipients, ...(wishes && { wishes }) },
    original: await excerptOf(letter.beginning, wishes?.returns === 'full'),
  })
  if (typeof composed === 'string') return composed
  const { bytes, messageId: once } = composed
  const report = { to: letter.from, recipients: [returnPath], returnPath: '', body: bodyInMemory(bytes), at }
  return sealLetter(context.seal, { ...report, messageId: once, once, niceness: letter.packet.niceness }, signal)
}
