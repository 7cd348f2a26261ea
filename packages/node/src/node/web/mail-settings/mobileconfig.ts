/**
 * A configuration profile for Apple's Mail (Apple Platform Deployment, "Mail MDM settings"): it sets an account up on
 * iPhones, iPads and Macs, password and all. It is not signed, which the device says before it takes it.
 */
import { createHash } from 'node:crypto'
import type { Servers } from './autoconfig.ts'
import { documentOf, element, type Xml } from './xml.ts'

export interface ProfileOptions extends Servers {
  readonly address: string
  readonly password: string
  readonly nodeName: string
  /** What the app password is called. */
  readonly label: string
}

type Value = string | number | boolean | readonly Dictionary[]
interface Dictionary {
  readonly [key: string]: Value
}

const doctype = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'

export function mobileconfig(options: ProfileOptions): string {
  const { address, password, nodeName, label, imap, smtp } = options
  // The same account replaces itself; two labels are two profiles.
  const identifier = (part: string) => `alt.nncp.posthorn.${part}.${uuidOf(`${address}\0${label}`).toLowerCase()}`
  const mail: Dictionary = {
    PayloadType: 'com.apple.mail.managed',
    PayloadVersion: 1,
    PayloadIdentifier: identifier('mail'),
    PayloadUUID: uuidOf(`mail\0${address}\0${password}`),
    PayloadDisplayName: `Mail of ${address}`,
    EmailAccountDescription: `Posthorn ${nodeName}`,
    EmailAccountType: 'EmailTypeIMAP',
    EmailAddress: address,
    IncomingMailServerAuthentication: 'EmailAuthPassword',
    IncomingMailServerHostName: imap.host,
    IncomingMailServerPortNumber: imap.port,
    IncomingMailServerUseSSL: imap.security === 'tls',
    IncomingMailServerUsername: address,
    IncomingPassword: password,
    OutgoingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingMailServerHostName: smtp.host,
    OutgoingMailServerPortNumber: smtp.port,
    OutgoingMailServerUseSSL: smtp.security === 'tls',
    OutgoingMailServerUsername: address,
    OutgoingPassword: password,
  }
  const profile: Dictionary = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier('profile'),
    PayloadUUID: uuidOf(`profile\0${address}\0${password}`),
    PayloadDisplayName: `Posthorn ${nodeName}: ${address}`,
    PayloadDescription: `Sets Mail up for ${address}. It holds a password: delete the file when it is installed.`,
    PayloadContent: [mail],
  }
  return documentOf(element('plist', [dictionary(profile)], { version: '1.0' }), doctype)
}

function dictionary(entries: Dictionary): Xml {
  return element(
    'dict',
    Object.entries(entries).flatMap(([key, value]) => [element('key', key), xmlOf(value)]),
  )
}

function xmlOf(value: Value): Xml {
  if (typeof value === 'string') return element('string', value)
  if (typeof value === 'number') return element('integer', value)
  if (typeof value === 'boolean') return { xml: value ? '<true/>' : '<false/>' }
  return element('array', value.map(dictionary))
}

/** In the form of RFC 9562, section 5.8, from a hash: the same for the same text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex').toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
