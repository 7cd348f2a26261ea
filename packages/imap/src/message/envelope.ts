/** ENVELOPE and BODYSTRUCTURE as they are written in answers (RFC 9051 section 7.5.2). */
import { quoted, quotedOrNil } from '../respond/quote.ts'
import { addressList } from './addresses.ts'
import { fieldValue, firstValue, type HeaderField } from './headers.ts'
import { type Parameterised, parameter, parameterised, withoutComments } from './parameters.ts'
import { encodingOf, type Part } from './structure.ts'

/**
 * Addresses as they stand in ENVELOPE, for a message or a few: the same people write again and again, so all lists are
 * kept. Whoever goes through many messages takes a new one from time to time.
 */
export class AddressTexts {
  readonly #addressesMax: number
  readonly #kept = new Map<string, string | undefined>()

  constructor(addressesMax: number) {
    this.#addressesMax = addressesMax
  }

  /** Undefined when there is no address in it. */
  of(list: string): string | undefined {
    if (this.#kept.has(list)) return this.#kept.get(list)
    const text = this.#read(list)
    this.#kept.set(list, text)
    return text
  }

  #read(list: string): string | undefined {
    const addresses = addressList(list, this.#addressesMax)
    if (addresses.length === 0) return undefined
    const texts = addresses.map(({ name: shown, route, mailbox, host }) => {
      return `(${quotedOrNil(shown)} ${quotedOrNil(route)} ${quotedOrNil(mailbox)} ${quotedOrNil(host)})`
    })
    return `(${texts.join('')})`
  }
}

export function envelopeText(fields: readonly HeaderField[], texts: AddressTexts): string {
  const value = (name: string) => quotedOrNil(firstValue(fields, name))
  const addresses = (name: string) => {
    const values = fields.filter(field => field.name === name)
    return values.length === 0 ? undefined : texts.of(values.map(fieldValue).join(', '))
  }
  const from = addresses('from')
  const all = [
    value('date'),
    value('subject'),
    from,
    addresses('sender') ?? from,
    addresses('reply-to') ?? from,
    addresses('to'),
    addresses('cc'),
    addresses('bcc'),
    value('in-reply-to'),
    value('message-id'),
  ]
  return `(${all.map(text => text ?? 'NIL').join(' ')})`
}

function parametersText(parameters: Parameterised['parameters']): string {
  if (parameters.length === 0) return 'NIL'
  return `(${parameters.map(([name, value]) => `${quoted(name)} ${quoted(value)}`).join(' ')})`
}

function dispositionText(fields: readonly HeaderField[]): string {
  const value = firstValue(fields, 'content-disposition')
  if (value === undefined || value === '') return 'NIL'
  const disposition = parameterised(value)
  return `(${quoted(disposition.value)} ${parametersText(disposition.parameters)})`
}

function languageText(fields: readonly HeaderField[]): string {
  const languages = withoutComments(firstValue(fields, 'content-language') ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .slice(0, 100)
  return languages.length === 0 ? 'NIL' : `(${languages.map(quoted).join(' ')})`
}

function leafText(part: Part, extended: boolean, addressesMax: number): string {
  const { fields } = part
  // A multipart that could not be taken apart is shown as bytes: as multipart it would need parts.
  const opaque = part.type.value.startsWith('multipart/') || (part.kind === 'leaf' && isMessage(part))
  const type = opaque ? parameterised('application/octet-stream') : part.type
  const [main = '', sub = ''] = type.value.split('/')
  // RFC 2045 section 5.2: what a text has that does not say.
  const lacksCharset = main === 'text' && parameter(type, 'charset') === undefined
  const parameters = lacksCharset ? [...type.parameters, ['charset', 'us-ascii'] as const] : type.parameters
  const texts = [
    quoted(main),
    quoted(sub),
    parametersText(parameters),
    quotedOrNil(firstValue(fields, 'content-id')),
    quotedOrNil(firstValue(fields, 'content-description')),
    quoted(encodingOf(fields)),
    `${part.end - part.bodyStart}`,
  ]
  const [inner] = part.children
  if (inner !== undefined) {
    texts.push(envelopeText(inner.fields, new AddressTexts(addressesMax)), structureText(inner, extended, addressesMax))
  }
  if (inner !== undefined || main === 'text') texts.push(`${part.lines}`)
  if (extended) {
    texts.push(quotedOrNil(firstValue(fields, 'content-md5')), dispositionText(fields), languageText(fields))
    texts.push(quotedOrNil(firstValue(fields, 'content-location')))
  }
  return `(${texts.join(' ')})`
}

function isMessage(part: Part): boolean {
  return part.type.value === 'message/rfc822' || part.type.value === 'message/global'
}

/** BODYSTRUCTURE, or BODY when not `extended`. */
export function structureText(part: Part, extended: boolean, addressesMax: number): string {
  if (part.kind !== 'multipart') return leafText(part, extended, addressesMax)
  const children = part.children.map(child => structureText(child, extended, addressesMax))
  const texts = [children.join(''), quoted(part.type.value.slice('multipart/'.length))]
  if (extended) {
    texts.push(parametersText(part.type.parameters), dispositionText(part.fields), languageText(part.fields))
    texts.push(quotedOrNil(firstValue(part.fields, 'content-location')))
  }
  return `(${texts.join(' ')})`
}
