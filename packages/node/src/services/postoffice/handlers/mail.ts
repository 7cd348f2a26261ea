/**
 * The `sendmail` handle: an exec packet whose arguments are recipients and whose body is a letter.
 *
 * Arguments are data: each is parsed as an address and can become nothing else. The body is read to its end, and so
 * proven, before anything is delivered. Delivering twice is harmless: the mailbox knows packet id and Message-ID.
 */
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { MailboxStore } from '../../../stores/mailbox/mailbox.ts'
import type { Body, InboundPacket, NewOutbound } from '../../../stores/spool/spool.ts'
import { idPrefixInDomain, idPrefixOf, parseAddress } from '../letter/address.ts'
import { type LetterHead, readHead } from '../letter/header.ts'
import { type FailedRecipient, failureReport } from '../letter/report.ts'
import type { Router, Self } from '../route.ts'
import { fitsAlone, type SealContext, sealLetter } from '../seal.ts'
import type { TossOutcome } from './outcome.ts'

export interface MailHandlerContext {
  readonly self: Self
  /** This node's own domain, for the addresses of its reports. */
  readonly domain: string
  readonly seal: SealContext
  readonly route: Router
  readonly mailbox: MailboxStore
  now(): number
}

export interface IncomingLetter {
  readonly packet: InboundPacket
  readonly from: Neighbour
  readonly recipients: readonly string[]
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
  if (spoofed !== undefined) return { kind: 'set-aside', reason: spoofed }

  const { users, failed } = await sortRecipients(context, letter)
  const body = after(letter.body, head.returnPathBytes)
  const { returnPath, messageId } = head
  const mailboxes: Record<string, string> = {}
  for (const user of users) {
    const delivery = { user, body, returnPath, messageId, deliveryId: letter.packet.id, at: context.now() }
    mailboxes[user] = await context.mailbox.deliver(delivery)
  }
  const fields = { messageId, mailboxes, failed }
  if (failed.length === 0) return { kind: 'done', outbound: [], fields }
  const report = await reportTo(context, letter, head, failed, signal)
  if (report === undefined) {
    const names = failed.map(({ address }) => address).join(', ')
    return { kind: 'set-aside', reason: `no mailbox here for ${names}, and no sender to tell`, fields }
  }
  return { kind: 'done', outbound: [report], fields }
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
  const report = spoofed ? undefined : await reportTo(context, letter, head, failed, signal)
  return { kind: 'set-aside', reason, outbound: report === undefined ? [] : [report] }
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
): Promise<{ users: Set<string>; failed: FailedRecipient[] }> {
  const users = new Set<string>()
  const failed: FailedRecipient[] = []
  for (const address of letter.recipients) {
    const found = await context.route(address)
    switch (found.kind) {
      case 'local':
        users.add(found.user)
        break
      case 'unknown-user':
        failed.push({ address, status: '5.1.1', reason: found.text })
        break
      case 'bad-address':
        failed.push({ address, status: '5.1.3', reason: found.text })
        break
      case 'unknown-node':
      case 'node':
        failed.push({ address, status: '5.7.1', reason: `Node ${context.self.name} does not pass mail on to others` })
        break
    }
  }
  if (letter.recipients.length === 0)
    failed.push({ address: '(nobody)', status: '5.1.3', reason: 'No recipient was named' })
  return { users, failed }
}

/** Goes back to the node that the letter came from, and to nobody else: no bounce for a bounce, none to strangers. */
async function reportTo(
  context: MailHandlerContext,
  letter: Omit<IncomingLetter, 'body'>,
  head: LetterHead,
  failed: readonly FailedRecipient[],
  signal: AbortSignal,
): Promise<NewOutbound | undefined> {
  const to = head.returnPath === null ? undefined : parseAddress(head.returnPath)
  if (to === undefined || head.returnPath === null || head.isAutomatic || !fitsAlone(head.returnPath)) return undefined
  const at = context.now()
  const messageId = `bounce.${letter.packet.id.toLowerCase()}@${context.domain}`
  const text = failureReport({
    reporter: { domain: context.domain, nodeName: context.self.name },
    to,
    failed,
    originalMessageId: head.messageId,
    messageId,
    boundary: `report-${letter.packet.id.slice(0, 32).toLowerCase()}`,
    at,
  })
  const bytes = Buffer.from(text, 'ascii')
  const report = {
    to: letter.from,
    recipients: [head.returnPath],
    returnPath: '',
    body: bodyInMemory(bytes),
    messageId,
    at,
  }
  return sealLetter(context.seal, { ...report, niceness: letter.packet.niceness }, signal)
}

export function after(body: Body, offsetBytes: number): Body {
  return {
    sizeBytes: body.sizeBytes - offsetBytes,
    read: (startBytes = 0) => body.read(offsetBytes + startBytes),
  }
}

export function bodyInMemory(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      yield bytes.subarray(startBytes)
    },
  }
}
