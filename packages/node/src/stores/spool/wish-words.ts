/** How senders say what they want to hear of a letter (RFC 3461 §4), wherever they say it. */
import type { DeliveryWishes, NotifyOn } from './envelope.ts'

/** RFC 3461 §4.4 and §4.2. */
const envelopeIdLettersMax = 100
const originalRecipientLettersMax = 500

const notifyOns: readonly NotifyOn[] = ['success', 'failure', 'delay']

/** NOTIFY: empty for NEVER, which stands alone; undefined when it says something else. */
export function notifyOf(text: string): readonly NotifyOn[] | undefined {
  const words = text.toLowerCase().split(',')
  if (words.length === 1 && words[0] === 'never') return []
  const known: readonly string[] = notifyOns
  return words.every(word => known.includes(word)) ? notifyOns.filter(what => words.includes(what)) : undefined
}

/** RET. */
export function returnsOf(text: string): DeliveryWishes['returns'] {
  const word = text.toUpperCase()
  if (word === 'FULL') return 'full'
  return word === 'HDRS' ? 'headers' : undefined
}

/** ENVID, decoded. */
export function isEnvelopeId(text: string): boolean {
  return text.length <= envelopeIdLettersMax && isPrintable(text)
}

/** ORCPT, decoded: `rfc822;bob@camp.alt`. */
export function isOriginalRecipient(text: string): boolean {
  return text.length <= originalRecipientLettersMax && isPrintable(text) && /^[A-Za-z0-9-]{1,40};./.test(text)
}

/** A line end in it would be one in a report. */
function isPrintable(text: string): boolean {
  return /^[ -~]+$/.test(text)
}
