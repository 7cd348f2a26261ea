/** What a client asks to be told of (RFC 3461 §4): the parameters of MAIL and RCPT. */
import type { SMTPServerAddress } from 'smtp-server'
import type { DeliveryWishes, RecipientWishes } from '../../../stores/spool/index.ts'
import { isEnvelopeId, isOriginalRecipient, notifyOf, returnsOf } from '../../../stores/spool/wish-words.ts'
import { withAsciiDomain } from '../addresses.ts'
import { type Reply, replies } from './replies.ts'

/** What the library has read, and found in order as far as it looks. */
export interface EnvelopeArguments {
  readonly mailFrom: SMTPServerAddress | false
  readonly rcptTo: readonly SMTPServerAddress[]
}

/** `undefined`: nothing is wrong with ENVID. */
export function judgeEnvelopeId(mailFrom: SMTPServerAddress): Reply | undefined {
  const given = argument(mailFrom, 'ENVID')
  return given === undefined || isEnvelopeId(given) ? undefined : replies.badEnvelopeId
}

/** `undefined`: nothing is wrong with ORCPT. */
export function judgeOriginalRecipient(recipient: SMTPServerAddress): Reply | undefined {
  const given = argument(recipient, 'ORCPT')
  return given === undefined || isOriginalRecipient(given) ? undefined : replies.badOriginalRecipient
}

/** Of a transaction in which both had nothing against it; undefined when nothing was asked. */
export function wishesOf({ mailFrom, rcptTo }: EnvelopeArguments): DeliveryWishes | undefined {
  const returns = mailFrom === false ? undefined : returnsOf(argument(mailFrom, 'RET') ?? '')
  const envelopeId = mailFrom === false ? undefined : argument(mailFrom, 'ENVID')
  const wished = rcptTo.flatMap(recipient => {
    const wishes = recipientWishes(recipient)
    return Object.keys(wishes).length === 0 ? [] : [[withAsciiDomain(recipient.address), wishes] as const]
  })
  const wishes: DeliveryWishes = {
    ...(returns !== undefined && { returns }),
    ...(envelopeId !== undefined && { envelopeId }),
    ...(wished.length > 0 && { recipients: Object.fromEntries(wished) }),
  }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

function recipientWishes(recipient: SMTPServerAddress): RecipientWishes {
  const notify = notifyOf(argument(recipient, 'NOTIFY') ?? '')
  const originalRecipient = argument(recipient, 'ORCPT')
  return {
    ...(notify !== undefined && { notify }),
    ...(originalRecipient !== undefined && isOriginalRecipient(originalRecipient) && { originalRecipient }),
  }
}

/** Decoded from xtext by the library, which has `args` false where there are none, and true for one without a value. */
function argument({ args }: SMTPServerAddress, name: string): string | undefined {
  const given = Object.entries(args).find(([key]) => key === name)?.[1] as unknown
  return typeof given === 'string' ? given : undefined
}
