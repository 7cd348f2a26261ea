/** What stands behind the addresses: SIZE (RFC 1870), 8BITMIME (RFC 6152) and the sender's wishes (RFC 3461). */
import type { Envelope } from '../../../stores/spool/envelope.ts'
import { wishesOf } from '../wishes.ts'

type Extensions = ReadonlyMap<string, string>

export function mailParameters({ wishes }: Envelope, sizeBytes: number, extensions: Extensions): string {
  const parameters: string[] = []
  if (extensions.has('SIZE')) parameters.push(`SIZE=${sizeBytes}`)
  if (extensions.has('8BITMIME')) parameters.push('BODY=8BITMIME')
  if (extensions.has('DSN')) {
    if (wishes?.returns !== undefined) parameters.push(`RET=${wishes.returns === 'full' ? 'FULL' : 'HDRS'}`)
    if (wishes?.envelopeId !== undefined) parameters.push(`ENVID=${xtext(wishes.envelopeId)}`)
  }
  return parameters.map(parameter => ` ${parameter}`).join('')
}

export function recipientParameters({ wishes }: Envelope, address: string, extensions: Extensions): string {
  if (!extensions.has('DSN')) return ''
  const { notify, originalRecipient } = wishesOf(wishes, address)
  const parameters: string[] = []
  if (notify !== undefined) parameters.push(`NOTIFY=${notify.length === 0 ? 'NEVER' : notify.join(',').toUpperCase()}`)
  const [, type, text] = /^([a-z0-9-]{1,64});(.{1,500})$/i.exec(originalRecipient ?? '') ?? []
  if (type !== undefined && text !== undefined) parameters.push(`ORCPT=${type};${xtext(text)}`)
  return parameters.map(parameter => ` ${parameter}`).join('')
}

/** RFC 3461 §4: whatever is not printable ASCII without `+` and `=` in hexadecimal. */
function xtext(text: string): string {
  return text.replaceAll(/[^!-*,-<>-~]/g, character =>
    [...Buffer.from(character, 'utf8')].map(byte => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
