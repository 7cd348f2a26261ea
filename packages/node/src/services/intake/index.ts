/**
 * Letters that programs of this machine hand over as they would to `sendmail`, `rmail` or `rsmtp`.
 *
 * Whoever may call is trusted as the node's operator: the sender is as the caller says. It promises: when `handOver`
 * resolves, the letter is durable for each accepted recipient, each refused one is named, and if the letter went to
 * others or came in a batch, so is the notice for its sender. When it rejects, the caller has the letter still, and may
 * try again: no letter with a Message-ID is doubled by that, nor is its notice.
 */
import { createHash } from 'node:crypto'
import { mailDate, receivedLine } from '../../base/received.ts'
import type { DeliveryWishes } from '../../stores/spool/envelope.ts'
import { preceded } from '../../stores/spool/preceded.ts'
import type { Body } from '../../stores/spool/spool.ts'
import { readHanded } from './header.ts'
import { intakeLimits } from './limits.ts'
import { type Refused, refusedAs } from './refused.ts'
import { type Wished, wishesFor } from './wishes.ts'

export { type SendmailCall, sendmailCall } from './arguments.ts'
export { Batch, type BatchEvent } from './batch.ts'
export { LineEnds } from './lines.ts'
export { type Refused, refusedAs } from './refused.ts'
export { type Wished, wishesOfCall } from './wishes.ts'

interface LetterOnDesk {
  readonly sender: string
  readonly recipients: readonly string[]
  readonly body: Body
  readonly wishes?: DeliveryWishes
  /** Names it in the place of its bytes, which are others each time it is handed over. */
  readonly queuedAs?: string
}

/** What intake needs of the post office. */
export interface IntakeDesk {
  judge(recipient: string): Promise<{ readonly kind: 'ok' } | { readonly kind: string; readonly text: string }>
  submit(letter: LetterOnDesk): Promise<{ readonly messageId: string }>
  /** The sender's notice is durable when this resolves with `told`. */
  reportRefused(letter: LetterOnDesk, refused: readonly Refused[]): Promise<'told' | 'not-wanted' | 'nobody'>
}

export interface IntakeContext {
  readonly desk: IntakeDesk
  /** Of this node: names without a domain are people here. */
  readonly domain: string
  /** Letters and digits that name this handing over, in the letter and in the log. */
  readonly traceId: string
  readonly now: () => number
}

export interface LetterHandedOver {
  /** With CRLF line ends. */
  readonly body: Body
  /** As given, empty for nobody; null: whoever the letter itself names (`From_` lines of UUCP, `Return-Path:`). */
  readonly sender: string | null
  readonly fullName: string | null
  readonly recipients: readonly string[]
  /** And those of its header. */
  readonly fromHeader: boolean
  readonly wishes: Wished
  /** One of many: nobody hears what becomes of it, so its sender is told also when it can be taken for nobody. */
  readonly inBatch: boolean
}

export interface HandedOver {
  /** Null when no recipient could be accepted; nothing was sent then. */
  readonly messageId: string | null
  readonly accepted: readonly string[]
  readonly refused: readonly Refused[]
  /** Whether the sender was told of those refused; null: that is for the caller to do, or nobody was refused. */
  readonly report: 'told' | 'not-wanted' | 'nobody' | 'no-sender' | null
}

/** @throws OperatingError `header-too-large`, or what the post office says when nothing may be promised. */
export async function handOver(context: IntakeContext, letter: LetterHandedOver): Promise<HandedOver> {
  const { desk, domain, traceId } = context
  const at = context.now()
  const { returnPath } = await readHanded(letter.body.read(), { from: null, date: null, trace: '' })
  const sender = senderOf(letter.sender ?? returnPath ?? '', domain)
  const handed = await readHanded(letter.body.read(), {
    from: { name: letter.fullName, address: sender === '' ? `mailer-daemon@${domain}` : sender },
    date: mailDate(at),
    trace: receivedLine({ domain, protocol: 'local', id: traceId, at }),
  })
  const named = [...letter.recipients, ...(letter.fromHeader ? handed.recipients : [])]
  const wishes = wishesFor(letter.wishes, named, name => fullAddress(name, domain))
  const { accepted, refused } = await judged(desk, [...new Set(named.map(name => fullAddress(name, domain)))])
  const body = preceded(letter.body, Buffer.from(handed.header, 'latin1'), handed.bodyAt)
  const taken = { sender, body, ...(wishes && { wishes }) }
  let messageId: string | null = null
  if (accepted.length > 0) {
    const queuedAs = handed.hasMessageId ? { queuedAs: await hashOf(letter.body) } : {}
    messageId = (await desk.submit({ ...taken, ...queuedAs, recipients: accepted })).messageId
  }
  const answer = { messageId, accepted, refused }
  if (refused.length === 0 || (messageId === null && !letter.inBatch)) return { ...answer, report: null }
  if (sender === '') return { ...answer, report: 'no-sender' }
  return { ...answer, report: await desk.reportRefused({ ...taken, recipients: [] }, refused) }
}

async function hashOf(body: Body): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of body.read()) hash.update(chunk)
  return hash.digest('hex')
}

async function judged(
  desk: IntakeDesk,
  recipients: readonly string[],
): Promise<{ accepted: string[]; refused: Refused[] }> {
  const accepted: string[] = []
  const refused: Refused[] = []
  for (const address of recipients) {
    const tooMany = accepted.length >= intakeLimits.recipientsMax
    const verdict = tooMany ? { kind: 'too-many', text: 'Too many recipients' } : await desk.judge(address)
    if ('text' in verdict) refused.push(refusedAs(address, verdict.kind, verdict.text))
    else accepted.push(address)
  }
  return { accepted, refused }
}

function senderOf(name: string, domain: string): string {
  return name === '' || name === '<>' ? '' : fullAddress(name, domain)
}

/** `alice` is somebody here, `ridge!alice` of UUCP is alice@ridge, `<alice@camp>` is what it holds. */
export function fullAddress(name: string, domain: string): string {
  const bare = name.trim().replace(/^<(.*)>$/, '$1')
  if (bare.includes('@')) return bare
  const hops = bare.split('!')
  const user = hops.pop() ?? ''
  return `${user}@${hops.at(-1) ?? domain}`
}
