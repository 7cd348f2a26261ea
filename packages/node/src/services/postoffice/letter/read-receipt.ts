/**
 * Read receipts of mail apps (RFC 8098), as far as they can be told from outside: a report of that type in the header
 * of the letter, with its machine's part in the clear. Those inside an encrypted letter are letters like any other.
 */
import type { Body } from '../../../stores/spool/spool.ts'

export interface ReadReceipt {
  /** Of the letter that was read, without angle brackets. */
  readonly messageId: string
  /** Whom it was for, as the app says; null: it does not. */
  readonly reader: string | null
}

/** A receipt is small: what stands further behind is not looked for. */
const beginningBytesMax = 64 * 1024

/** @param header of the letter; the body is read only when that says what it is. */
export async function readReceiptIn(contentType: string | null, body: Body): Promise<ReadReceipt | undefined> {
  if (contentType === null || !/^multipart\/report\b/i.test(contentType)) return undefined
  if (!/;\s*report-type\s*=\s*"?disposition-notification"?\s*(?:;|$)/i.test(contentType)) return undefined
  let text = ''
  for await (const chunk of body.read()) {
    text += Buffer.from(chunk).toString('latin1')
    if (text.length >= beginningBytesMax) break
  }
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*([^\\r\\n]{1,998})\\r?$`, 'im').exec(text)?.[1]
  const messageId = /^<([^<>\s]+)>\s*$/.exec(field('Original-Message-ID') ?? '')?.[1]
  // RFC 8098 section 3.2.6.2: what was deleted, dispatched or processed was not shown to anybody.
  if (messageId === undefined || !/;\s*displayed\b/i.test(field('Disposition') ?? '')) return undefined
  const reader = /^rfc822\s*;\s*<?([^<>\s]+)>?\s*$/i.exec(field('Final-Recipient') ?? '')?.[1]
  return { messageId, reader: reader ?? null }
}
