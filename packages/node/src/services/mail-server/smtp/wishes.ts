/** What a client asks to be told of (RFC 3461 §4): the parameters of MAIL and RCPT. */
import type { SMTPServerAddress } from 'smtp-server'
import type { DeliveryWishes, NotifyOn, RecipientWishes } from '../../../stores/spool/index.ts'
import { withAsciiDomain } from '../addresses.ts'
import { smtpLimits } from './limits.ts'
import { type Reply, replies } from './replies.ts'

/** What the library has read, and found in order as far as it looks. */
export interface EnvelopeArguments {
  readonly mailFrom: SMTPServerAddress | false
  readonly rcptTo: readonly SMTPServerAddress[]
}

/** `undefined`: nothing is wrong with ENVID. */
export function judgeEnvelopeId(mailFrom: SMTPServerAddress): Reply | undefined {
  const given = argument(mailFrom, 'ENVID')
  if (given === undefined) return undefined
  const isSound = given.length <= smtpLimits.envelopeIdLettersMax && isPrintable(given)
  return isSound ? undefined : replies.badEnvelopeId
}

/** `undefined`: nothing is wrong with ORCPT. */
export function judgeOriginalRecipient(recipient: SMTPServerAddress): Reply | undefined {
  const given = argument(recipient, 'ORCPT')
  return given !== undefined && originalRecipientOf(given) === undefined ? replies.badOriginalRecipient : undefined
}

/** Of a transaction in which both had nothing against it; undefined when nothing was asked. */
export function wishesOf({ mailFrom, rcptTo }: EnvelopeArguments): DeliveryWishes | undefined {
  const returns = mailFrom === false ? undefined : argument(mailFrom, 'RET')?.toUpperCase()
  const envelopeId = mailFrom === false ? undefined : argument(mailFrom, 'ENVID')
  const wished = rcptTo.flatMap(recipient => {
    const wishes = recipientWishes(recipient)
    return Object.keys(wishes).length === 0 ? [] : [[withAsciiDomain(recipient.address), wishes] as const]
  })
  const wishes: DeliveryWishes = {
    ...(returns === 'FULL' && { returns: 'full' }),
    ...(returns === 'HDRS' && { returns: 'headers' }),
    ...(envelopeId !== undefined && { envelopeId }),
    ...(wished.length > 0 && { recipients: Object.fromEntries(wished) }),
  }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

const notifyOns: readonly NotifyOn[] = ['success', 'failure', 'delay']

/** NEVER, which stands alone, leaves nothing to tell. */
function recipientWishes(recipient: SMTPServerAddress): RecipientWishes {
  const words = argument(recipient, 'NOTIFY')?.toLowerCase().split(',')
  const originalRecipient = originalRecipientOf(argument(recipient, 'ORCPT') ?? '')
  return {
    ...(words !== undefined && { notify: notifyOns.filter(what => words.includes(what)) }),
    ...(originalRecipient !== undefined && { originalRecipient }),
  }
}

/** `rfc822;bob@camp.alt`, or undefined. */
function originalRecipientOf(given: string): string | undefined {
  const isSound = given.length <= smtpLimits.originalRecipientLettersMax && isPrintable(given)
  return isSound && /^[A-Za-z0-9-]{1,40};./.test(given) ? given : undefined
}

/** A line end in it would be one in a report. */
function isPrintable(text: string): boolean {
  return /^[ -~]+$/.test(text)
}

/** Decoded from xtext by the library, which has `args` false where there are none, and true for one without a value. */
function argument({ args }: SMTPServerAddress, name: string): string | undefined {
  const given = Object.entries(args).find(([key]) => key === name)?.[1] as unknown
  return typeof given === 'string' ? given : undefined
}
