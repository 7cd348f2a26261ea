/** What programs ask to be told of a letter (RFC 3461): arguments of `sendmail`, parameters of MAIL and RCPT. */
import type { DeliveryWishes, NotifyOn, RecipientWishes } from '../../stores/spool/envelope.ts'
import { isEnvelopeId, isOriginalRecipient, notifyOf, returnsOf } from '../../stores/spool/wish-words.ts'

/** By the names of recipients as they were given. */
export interface Wished extends DeliveryWishes {
  /** For every recipient of whom nothing else is said. */
  readonly notify?: readonly NotifyOn[]
}

export type LetterWishes = Pick<DeliveryWishes, 'returns' | 'envelopeId'>

interface AskedInCall {
  readonly notify: string | null
  readonly ret: string | null
  readonly envelopeId: string | null
}

/** Of `-N`, `-R` and `-V`. @returns the fault, in words for people, when one of them makes no sense. */
export function wishesOfCall({ notify, ret, envelopeId }: AskedInCall): Wished | { readonly fault: string } {
  const notices = notify === null ? undefined : notifyOf(notify)
  if (notify !== null && notices === undefined) {
    return { fault: '-N takes never, or some of success, failure and delay with commas between them.' }
  }
  const asked = { ...(ret !== null && { RET: ret }), ...(envelopeId !== null && { ENVID: envelopeId }) }
  const wishes = letterWishes(new Map(Object.entries(asked)))
  if (wishes === undefined) return { fault: '-R takes full or hdrs, and -V up to 100 printable letters as xtext.' }
  return { ...wishes, ...(notices !== undefined && { notify: notices }) }
}

/** Of MAIL; undefined when a parameter makes no sense. */
export function wishesOfMail(parameters: string): LetterWishes | undefined {
  return letterWishes(parametersOf(parameters))
}

/** Of RCPT; undefined when a parameter makes no sense. */
export function wishesOfRecipient(parameters: string): RecipientWishes | undefined {
  const given = parametersOf(parameters)
  if (given === undefined) return undefined
  const [words, orcpt] = [given.get('NOTIFY'), given.get('ORCPT')]
  const notify = words === undefined ? undefined : notifyOf(words)
  const originalRecipient = orcpt === undefined ? undefined : fromXtext(orcpt)
  if (words !== undefined && notify === undefined) return undefined
  if (orcpt !== undefined && (originalRecipient === undefined || !isOriginalRecipient(originalRecipient))) {
    return undefined
  }
  return { ...(notify !== undefined && { notify }), ...(originalRecipient !== undefined && { originalRecipient }) }
}

/** By the whole addresses of the recipients; undefined when nothing is asked. */
export function wishesFor(
  { notify, recipients: own = {}, ...letter }: Wished,
  named: readonly string[],
  addressOf: (name: string) => string,
): DeliveryWishes | undefined {
  const wished = named.flatMap(name => {
    const wishes = Object.hasOwn(own, name) ? own[name] : notify && { notify }
    return wishes === undefined || Object.keys(wishes).length === 0 ? [] : [[addressOf(name), wishes] as const]
  })
  const wishes = { ...letter, ...(wished.length > 0 && { recipients: Object.fromEntries(wished) }) }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

function letterWishes(given: ReadonlyMap<string, string> | undefined): LetterWishes | undefined {
  if (given === undefined) return undefined
  const [ret, id] = [given.get('RET'), given.get('ENVID')]
  const returns = ret === undefined ? undefined : returnsOf(ret)
  const envelopeId = id === undefined ? undefined : fromXtext(id)
  if (ret !== undefined && returns === undefined) return undefined
  if (id !== undefined && (envelopeId === undefined || !isEnvelopeId(envelopeId))) return undefined
  return { ...(returns && { returns }), ...(envelopeId !== undefined && { envelopeId }) }
}

const known: readonly string[] = ['NOTIFY', 'ORCPT', 'RET', 'ENVID']

/** Those that concern us, of `KEY=value KEY …`; undefined when one of them has no value, or two. */
function parametersOf(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  for (const word of text.split(/[ \t]+/)) {
    const [key = ''] = word.split('=', 1)
    const name = key.toUpperCase()
    if (!known.includes(name)) continue
    if (key === word || found.has(name)) return undefined
    found.set(name, word.slice(key.length + 1))
  }
  return found
}

/** RFC 3461 §4; undefined when it is none. */
function fromXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined
  return text.replace(/\+([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
