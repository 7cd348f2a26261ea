/** Delivery status notifications (RFC 3464 in RFC 6522): the sender is told why a letter was not delivered. */
import { type Address, formatAddress } from './address.ts'

export interface FailedRecipient {
  readonly address: string
  /** RFC 3463: `5.1.1`. */
  readonly status: string
  /** For people, one line. */
  readonly reason: string
}

export interface ReportOptions {
  readonly reporter: { readonly domain: string; readonly nodeName: string }
  readonly to: Address
  readonly failed: readonly FailedRecipient[]
  readonly originalMessageId: string | null
  readonly messageId: string
  readonly boundary: string
  readonly at: number
}

/** The letter as text with CRLF. Everything that came from outside is reduced to printable ASCII first. */
export function failureReport(options: ReportOptions): string {
  const { reporter, to, failed, originalMessageId, messageId, boundary, at } = options
  const lines = [
    `From: Mail delivery at ${reporter.nodeName} <mailer-daemon@${reporter.domain}>`,
    `To: <${printable(formatAddress(to))}>`,
    'Subject: Your message could not be delivered',
    `Date: ${rfc5322Date(at)}`,
    `Message-ID: <${messageId}>`,
    ...(originalMessageId === null ? [] : [`In-Reply-To: <${printable(originalMessageId)}>`]),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `The node ${reporter.nodeName} received your message, but could not deliver it to:`,
    '',
    ...failed.map(({ address, reason }) => `  ${printable(address)}\r\n    ${printable(reason)}`),
    '',
    'It will not be tried again. Check the address and send it once more.',
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${reporter.domain}`,
    ...failed.flatMap(({ address, status, reason }) => [
      '',
      `Final-Recipient: rfc822; ${printable(address)}`,
      'Action: failed',
      `Status: ${status}`,
      `Diagnostic-Code: x-posthorn; ${printable(reason)}`,
    ]),
    '',
    ...(originalMessageId === null ? [] : originalHeaders(boundary, originalMessageId)),
    `--${boundary}--`,
    '',
  ]
  return lines.join('\r\n')
}

/** Enough for a mail program to find the message it is about; the sealed content stays out of it. */
function originalHeaders(boundary: string, messageId: string): string[] {
  return [`--${boundary}`, 'Content-Type: text/rfc822-headers', '', `Message-ID: <${printable(messageId)}>`, '']
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500)
}

/** RFC 5322 §3.3, in UTC. */
export function rfc5322Date(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000')
}
