/**
 * What senders want to hear of their letters (RFC 3461): who is told what, and how it travels.
 *
 * Between Posthorn nodes it stands in a line of the letter's envelope, behind `Return-Path:`, and leaves the letter
 * with that. Only letters whose senders asked for something have one; other nodes never get it, since their mail
 * programs would take it for a part of the letter.
 */
import type { DeliveryWishes, Envelope, NotifyOn, RecipientWishes } from '../../../stores/spool/envelope.ts'

const fieldName = 'X-Posthorn-Wishes'
/** As many recipients as fit in a packet, each with its longest ORCPT. */
const lineBytesMax = 64 * 1024
const textLettersMax = 500

/** RFC 3461 §4.1: who says nothing is told of failures and of delays. */
const byDefault: readonly NotifyOn[] = ['failure', 'delay']

export function wants({ wishes }: Envelope, address: string, what: NotifyOn): boolean {
  return (recipientWishes(wishes, address)?.notify ?? byDefault).includes(what)
}

/** Addresses come from outside, and may be called like what every object has. */
export function recipientWishes(wishes: DeliveryWishes | undefined, address: string): RecipientWishes | undefined {
  const { recipients = {} } = wishes ?? {}
  return Object.hasOwn(recipients, address) ? recipients[address] : undefined
}

/** Nobody waits to hear of an automatic letter, unless it says of whom it wants to hear. */
export function isQuiet(head: { readonly isAutomatic: boolean }, wishes: DeliveryWishes | undefined): boolean {
  return head.isAutomatic && wishes?.recipients === undefined
}

/** The wishes that concern these recipients; undefined when nothing was asked. */
export function wishesFor(
  wishes: DeliveryWishes | undefined,
  addresses: readonly string[],
): DeliveryWishes | undefined {
  if (wishes === undefined) return undefined
  const { recipients: _, ...letter } = wishes
  const own = addresses.flatMap(address => {
    const wished = recipientWishes(wishes, address)
    return wished === undefined ? [] : [[address, wished] as const]
  })
  const recipients = own.length === 0 ? {} : { recipients: Object.fromEntries(own) }
  const some = { ...letter, ...recipients }
  return Object.keys(some).length === 0 ? undefined : some
}

/** 0 days: it has none. */
export function withLifetime(wishes: DeliveryWishes | undefined, lifetimeDays: number): DeliveryWishes | undefined {
  return lifetimeDays === 0 ? wishes : { ...wishes, lifetimeDays }
}

/** The line for another Posthorn node, with its end; nothing when nothing was asked. */
export function wishesLine(wishes: DeliveryWishes | undefined): string {
  const line = wishes === undefined ? '' : `${fieldName}: ${JSON.stringify(wishes)}\r\n`
  return line.length > lineBytesMax ? '' : line
}

/** What another node wrote at the start of `block`, if that is a line of wishes which holds what it may. */
export function readWishesLine(block: string): { wishes: DeliveryWishes; lengthBytes: number } | undefined {
  if (!block.startsWith(`${fieldName}: `)) return undefined
  const end = block.indexOf('\n')
  if (end < 0 || end > lineBytesMax) return undefined
  try {
    const wishes = checked(JSON.parse(block.slice(fieldName.length + 2, end)))
    return wishes && { wishes, lengthBytes: end + 1 }
  } catch {
    return undefined
  }
}

const notifyOns: readonly unknown[] = ['success', 'failure', 'delay'] satisfies NotifyOn[]

function checked(value: unknown): DeliveryWishes | undefined {
  if (!isRecord(value)) return undefined
  const { returns, envelopeId, recipients, lifetimeDays } = value
  if (returns !== undefined && returns !== 'full' && returns !== 'headers') return undefined
  if (envelopeId !== undefined && !isPlainText(envelopeId)) return undefined
  if (lifetimeDays !== undefined && !isLifetime(lifetimeDays)) return undefined
  if (recipients !== undefined && !(isRecord(recipients) && Object.values(recipients).every(isRecipientWishes))) {
    return undefined
  }
  return value
}

function isRecipientWishes(value: unknown): value is RecipientWishes {
  if (!isRecord(value)) return false
  const { notify, originalRecipient } = value
  const hears = notify === undefined || (Array.isArray(notify) && notify.every(what => notifyOns.includes(what)))
  return hears && (originalRecipient === undefined || isPlainText(originalRecipient))
}

/** Whole days. */
export const lifetimeDaysMax = 3650

function isLifetime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= lifetimeDaysMax
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textLettersMax && /^[\x20-\x7e]*$/.test(value)
}
