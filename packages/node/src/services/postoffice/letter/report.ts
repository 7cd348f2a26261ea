/**
 * Delivery status notifications (RFC 3464 in RFC 6522): the sender is told what became of a letter. All of them are
 * built here.
 *
 * Three parts: words for people, fields for programs, and what is left of the letter. Whatever came from outside goes
 * through `encode.ts`; the letter's own lines are behind a boundary that none of them holds.
 */
import type { DeliveryWishes, Excerpt } from '../../../stores/spool/envelope.ts'
import { type Address, formatAddress } from './address.ts'
import { base64Lines, headerText, oneLine, printable, rfc5322Date } from './encode.ts'
import { type ReportKind, wordsFor } from './report-words.ts'
import { recipientWishes } from './wishes.ts'

export interface ReportedRecipient {
  /** As it stands in the letter's envelope. */
  readonly address: string
  /** RFC 3463: `5.1.1`. */
  readonly status: string
  /** For people, one line, without a full stop. */
  readonly reason: string
  /** What another program said: `smtp; 550 5.1.1 no such user`. Missing: the reason. */
  readonly diagnostic?: string
  /** The machine that said it. */
  readonly remoteMta?: string
}

export interface ReportOptions {
  readonly kind: ReportKind
  readonly reporter: { readonly domain: string; readonly nodeName: string }
  readonly to: Address
  readonly recipients: readonly ReportedRecipient[]
  readonly wishes: DeliveryWishes | undefined
  readonly originalMessageId: string | null
  readonly original: Excerpt | null
  /** When the letter came in here. */
  readonly arrivedAt: number
  readonly willRetryUntil?: number
  /** One paragraph more for people. */
  readonly remark?: string
  readonly messageId: string
  readonly at: number
}

/** The letter with CRLF; ASCII but for what comes back of the original. */
export function buildReport(options: ReportOptions): Uint8Array {
  const parts = [textPart(options), statusPart(options), originalPart(options)].filter(part => part !== undefined)
  const boundary = boundaryFor(parts)
  const pieces = [Buffer.from([...header(options, parts, boundary), ''].join('\r\n'), 'latin1')]
  for (const { headers, content } of parts) {
    pieces.push(Buffer.from(`\r\n--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(content))
  }
  return Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')])
}

interface Part {
  readonly headers: readonly string[]
  readonly content: Uint8Array
}

function header(options: ReportOptions, parts: readonly Part[], boundary: string): string[] {
  const { kind, reporter, to, originalMessageId, messageId, at } = options
  const isEightBit = parts.some(({ content }) => !isAscii(content))
  return [
    `From: Mail delivery at ${printable(reporter.nodeName)} <mailer-daemon@${printable(reporter.domain)}>`,
    `To: <${printable(formatAddress(to))}>`,
    `Subject: ${wordsFor(kind, '').subject}`,
    `Date: ${rfc5322Date(at)}`,
    `Message-ID: <${printable(messageId)}>`,
    ...idLine('In-Reply-To', originalMessageId),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    ...(isEightBit ? ['Content-Transfer-Encoding: 8bit'] : []),
  ]
}

function textPart({ kind, reporter, recipients, remark }: ReportOptions): Part {
  const words = wordsFor(kind, reporter.nodeName)
  const lines = [
    words.intro,
    '',
    ...recipients.flatMap(({ address, reason }) => [`  ${printable(address)}`, `    ${oneLine(reason)}`]),
    '',
    words.outro,
    ...(remark === undefined ? [] : ['', remark.split('\n').map(oneLine).join('\r\n')]),
    '',
  ]
  const text = lines.join('\r\n')
  if (isAscii(Buffer.from(text))) {
    return { headers: ['Content-Type: text/plain; charset=us-ascii'], content: Buffer.from(text) }
  }
  const headers = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64']
  return { headers, content: Buffer.from(`${base64Lines(text).join('\r\n')}\r\n`) }
}

function statusPart(options: ReportOptions): Part {
  const { reporter, recipients, wishes, arrivedAt } = options
  const lines = [
    ...(wishes?.envelopeId === undefined ? [] : [`Original-Envelope-Id: ${printable(wishes.envelopeId)}`]),
    `Reporting-MTA: dns; ${printable(reporter.domain)}`,
    `Arrival-Date: ${rfc5322Date(arrivedAt)}`,
    ...recipients.flatMap(recipient => ['', ...recipientFields(recipient, options)]),
    '',
  ]
  return { headers: ['Content-Type: message/delivery-status'], content: Buffer.from(lines.join('\r\n')) }
}

/** RFC 3464 §2.3, in its order. */
function recipientFields(recipient: ReportedRecipient, { kind, wishes, at, willRetryUntil }: ReportOptions): string[] {
  const { address, status, remoteMta } = recipient
  const original = recipientWishes(wishes, address)?.originalRecipient
  const isTrouble = kind !== 'delivered' && kind !== 'arrived' && kind !== 'relayed'
  return [
    ...(original === undefined ? [] : [`Original-Recipient: ${printable(original)}`]),
    `Final-Recipient: rfc822; ${printable(address)}`,
    `Action: ${actionOf(kind)}`,
    `Status: ${printable(status)}`,
    ...(remoteMta === undefined ? [] : [`Remote-MTA: dns; ${printable(remoteMta)}`]),
    ...(isTrouble ? [`Diagnostic-Code: ${diagnosticCode(recipient)}`, `Last-Attempt-Date: ${rfc5322Date(at)}`] : []),
    ...(willRetryUntil === undefined ? [] : [`Will-Retry-Until: ${rfc5322Date(willRetryUntil)}`]),
  ]
}

/** RFC 3464 §2.3.3. */
function actionOf(kind: ReportKind): string {
  if (kind === 'returned' || kind === 'expired') return 'failed'
  return kind === 'arrived' ? 'delivered' : kind
}

/** The field is text, so what is not ASCII stands in encoded words; RFC 6533 would need readers that know it. */
function diagnosticCode({ diagnostic, reason }: ReportedRecipient): string {
  const [, type = 'x-posthorn', said = reason] = /^([A-Za-z0-9-]{1,40});(.*)$/s.exec(diagnostic ?? '') ?? []
  return `${type}; ${headerText(oneLine(said) || 'no reason was given')}`
}

function originalPart({ original, originalMessageId }: ReportOptions): Part | undefined {
  if (original === null) {
    const [line] = idLine('Message-ID', originalMessageId)
    return line === undefined
      ? undefined
      : { headers: ['Content-Type: text/rfc822-headers'], content: Buffer.from(`${line}\r\n`) }
  }
  const { whole, bytes } = original
  const end = Buffer.from(bytes).indexOf('\r\n\r\n')
  const isGlobal = !isAscii(whole && end >= 0 ? bytes.subarray(0, end) : bytes)
  // RFC 6533 §6: headers in UTF-8 have types of their own.
  const plain = whole ? 'message/rfc822' : 'text/rfc822-headers'
  const type = isGlobal ? (whole ? 'message/global' : 'message/global-headers') : plain
  const encoding = isAscii(bytes) ? [] : ['Content-Transfer-Encoding: 8bit']
  return { headers: [`Content-Type: ${type}`, ...encoding], content: bytes }
}

/** An id that has no room in a line is left out: cut, it would be another. */
function idLine(name: string, id: string | null): string[] {
  return id === null || id !== printable(id) ? [] : [`${name}: <${id}>`]
}

/** One that stands in no part: a sender who knows how it is made could else end a part in the middle of a letter. */
function boundaryFor(parts: readonly Part[]): string {
  for (let number = 0; ; number += 1) {
    const boundary = `=_report_${number}`
    if (!parts.some(({ content }) => Buffer.from(content).includes(boundary))) return boundary
  }
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte < 0x80)
}
