/**
 * Letters that programs of this machine hand over as they would to `sendmail`, `rmail` or `rsmtp`.
 *
 * Whoever may call is trusted as the node's operator: the sender is as the caller says. It promises: when `handOver`
 * resolves, the letter is durable for each accepted recipient, and each refused one is named. When it rejects, the
 * caller has the letter still, and may try again: no letter with a Message-ID is doubled by that.
 */
import type { Body } from '../../stores/spool/spool.ts'
import { readHanded } from './header.ts'
import { intakeLimits } from './limits.ts'
import { type Refused, refusedAs } from './refused.ts'

export { type SendmailCall, sendmailCall } from './arguments.ts'
export { Batch, type BatchEvent } from './batch.ts'
export { LineEnds } from './lines.ts'
export { type Refused, refusedAs } from './refused.ts'

/** What intake needs of the post office. */
export interface IntakeDesk {
  judge(recipient: string): Promise<{ readonly kind: 'ok' } | { readonly kind: string; readonly text: string }>
  submit(letter: {
    readonly sender: string
    readonly recipients: readonly string[]
    readonly body: Body
  }): Promise<{ readonly messageId: string }>
}

export interface IntakeContext {
  readonly desk: IntakeDesk
  /** Of this node: names without a domain are people here. */
  readonly domain: string
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
}

export interface HandedOver {
  /** Null when no recipient could be accepted; nothing was sent then. */
  readonly messageId: string | null
  readonly sender: string
  readonly accepted: readonly string[]
  readonly refused: readonly Refused[]
}

/** @throws OperatingError `header-too-large`, or what the post office says when nothing may be promised. */
export async function handOver(context: IntakeContext, letter: LetterHandedOver): Promise<HandedOver> {
  const { desk, domain } = context
  const { returnPath } = await readHanded(letter.body.read(), { from: null, date: null, trace: '' })
  const sender = senderOf(letter.sender ?? returnPath ?? '', domain)
  const handed = await readHanded(letter.body.read(), {
    from: { name: letter.fullName, address: sender === '' ? `mailer-daemon@${domain}` : sender },
    date: new Date(context.now()).toUTCString().replace('GMT', '+0000'),
    trace: '',
  })
  const named = [...letter.recipients, ...(letter.fromHeader ? handed.recipients : [])]
  const recipients = [...new Set(named.map(name => fullAddress(name, domain)))]
  const { accepted, refused } = await judged(desk, recipients)
  if (accepted.length === 0) return { messageId: null, sender, accepted, refused }
  const body = withHeader(letter.body, Buffer.from(handed.header, 'latin1'), handed.bodyAt)
  const { messageId } = await desk.submit({ sender, recipients: accepted, body })
  return { messageId, sender, accepted, refused }
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

function withHeader(body: Body, header: Uint8Array, bodyAt: number): Body {
  return {
    sizeBytes: header.length + body.sizeBytes - bodyAt,
    async *read(startBytes = 0) {
      if (startBytes < header.length) yield header.subarray(startBytes)
      yield* body.read(bodyAt + Math.max(0, startBytes - header.length))
    },
  }
}
