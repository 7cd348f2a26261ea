/** What SORT and THREAD (RFC 5256) need to know of a message. A store may note it when the message comes. */
import { addressList } from './addresses.ts'
import { baseSubject } from './base-subject.ts'
import { collationKey } from './fold.ts'
import { fieldValue, firstValue, type HeaderField, headerFields } from './headers.ts'
import { sentDate } from './sent-date.ts'
import { headerText } from './words.ts'

/** Texts are ready to be compared (RFC 5051); the empty string is what is not there. */
export interface MessageSummary {
  /** The Date field in milliseconds since 1970; null when there is none that could be understood. */
  readonly sentAt: number | null
  /** The same in the sender's own time zone, in days since 1970. */
  readonly sentDay: number | null
  /** The base subject (RFC 5256 section 2.1). */
  readonly subject: string
  /** 1: by its subject a reply or forwarded, 0: not. */
  readonly isReply: number
  /** Mailbox (what stands before the `@`) of the first address. */
  readonly from: string
  readonly to: string
  readonly cc: string
  /** What is shown of the first address (RFC 5957 section 3). */
  readonly displayFrom: string
  readonly displayTo: string
  /** Without brackets. */
  readonly messageId: string
  /** Message-IDs of the ancestors, the eldest first, separated by blanks. */
  readonly references: string
}

export type SummaryField = keyof MessageSummary

/** A text to sort by is kept so far. */
const KEY_LETTERS_MAX = 500
const MESSAGE_ID_BYTES_MAX = 1000
/** Of a chain of references the eldest, and the nearest. */
const ELDEST_REFERENCES_MAX = 10
const NEAREST_REFERENCES_MAX = 90

/** @param header the header of the message, as a binary string (one character a byte). */
export function messageSummary(header: string): MessageSummary {
  const fields = headerFields(header)
  const date = firstValue(fields, 'date')
  const sent = date === undefined ? undefined : sentDate(date)
  const { text, isReply } = baseSubject(headerText(firstValue(fields, 'subject') ?? ''))
  const from = firstAddress(fields, 'from')
  const to = firstAddress(fields, 'to')
  const [messageId = ''] = messageIds(firstValue(fields, 'message-id') ?? '', 1)
  return {
    sentAt: sent?.at ?? null,
    sentDay: sent?.day ?? null,
    subject: key(text),
    isReply: isReply ? 1 : 0,
    from: from.mailbox,
    to: to.mailbox,
    cc: firstAddress(fields, 'cc').mailbox,
    displayFrom: from.shown,
    displayTo: to.shown,
    messageId,
    references: references(fields),
  }
}

function key(text: string): string {
  return collationKey(text.slice(0, KEY_LETTERS_MAX))
}

function firstAddress(fields: readonly HeaderField[], name: string): { mailbox: string; shown: string } {
  const field = fields.find(each => each.name === name)
  // A group begins with its name, which RFC 5256 sorts by; its end is no address.
  const [first] = field === undefined ? [] : addressList(fieldValue(field), 1)
  const mailbox = first?.mailbox ?? ''
  const address = first?.host ? `${mailbox}@${first.host}` : mailbox
  return { mailbox: key(headerText(mailbox)), shown: key(headerText(first?.name ?? address)) }
}

/** RFC 5256 section 3: of In-Reply-To only the first counts, and only where References holds none. */
function references(fields: readonly HeaderField[]): string {
  const chain = messageIds(firstValue(fields, 'references') ?? '', 10_000)
  if (chain.length === 0) return messageIds(firstValue(fields, 'in-reply-to') ?? '', 1).join(' ')
  if (chain.length <= ELDEST_REFERENCES_MAX + NEAREST_REFERENCES_MAX) return chain.join(' ')
  return [...chain.slice(0, ELDEST_REFERENCES_MAX), ...chain.slice(-NEAREST_REFERENCES_MAX)].join(' ')
}

function messageIds(value: string, countMax: number): string[] {
  const found: string[] = []
  for (const [, id = ''] of value.matchAll(/<([^<>]{1,2000})>/g)) {
    const bare = normalId(id)
    if (bare !== '') found.push(bare)
    if (found.length >= countMax) break
  }
  return found
}

/** Quotes that are not needed make no other id (RFC 5256 section 3). Empty when it is none. */
function normalId(id: string): string {
  const bare = id.replace(/\s+/g, '').replace(/^"([^"\\]*)"(?=@)/, '$1')
  return bare.length <= MESSAGE_ID_BYTES_MAX && /^[^@]+@[^@]+$/.test(bare) ? bare : ''
}
