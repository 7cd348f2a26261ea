/**
 * What mail programs ask a domain for, to set themselves up: Mozilla's autoconfig (Thunderbird, K-9, Evolution, Delta
 * Chat) and Microsoft's Autodiscover for POX clients (MS-OXDISCO, section 4). Both say the same to everybody, whoever
 * lives here.
 */
import type { ServerAccess } from '../../operations/people-types.ts'
import { documentOf, element, type Xml } from './xml.ts'

export interface Servers {
  readonly imap: ServerAccess
  readonly smtp: ServerAccess
  readonly pop3: ServerAccess
}

export interface AutoconfigOptions extends Servers {
  readonly domain: string
  readonly nodeName: string
}

const socketTypes = { plain: 'plain', starttls: 'STARTTLS', tls: 'SSL' } as const

/** https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat */
export function autoconfig({ domain, nodeName, imap, smtp, pop3 }: AutoconfigOptions): string {
  const server = (kind: 'incomingServer' | 'outgoingServer', type: string, { host, port, security }: ServerAccess) =>
    element(
      kind,
      [
        element('hostname', host),
        element('port', port),
        element('socketType', socketTypes[security]),
        // The whole address, which the program puts in.
        element('username', '%EMAILADDRESS%'),
        element('authentication', 'password-cleartext'),
      ],
      { type },
    )
  const provider = [
    element('domain', domain),
    element('displayName', `Posthorn ${nodeName}`),
    element('displayShortName', nodeName),
    server('incomingServer', 'imap', imap),
    server('incomingServer', 'pop3', pop3),
    server('outgoingServer', 'smtp', smtp),
  ]
  const root = element('clientConfig', [element('emailProvider', provider, { id: domain })], { version: '1.1' })
  return documentOf(root)
}

const responseSchema = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
const outlookSchema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'

export function autodiscover(address: string, { imap, smtp, pop3 }: Servers): string {
  const protocol = (type: string, { host, port, security }: ServerAccess): Xml =>
    element('Protocol', [
      element('Type', type),
      element('Server', host),
      element('Port', port),
      element('DomainRequired', 'off'),
      element('LoginName', address),
      element('SPA', 'off'),
      element('SSL', security === 'tls' ? 'on' : 'off'),
      ...(security === 'starttls' ? [element('Encryption', 'TLS')] : []),
      element('AuthRequired', 'on'),
    ])
  const account = element('Account', [
    element('AccountType', 'email'),
    element('Action', 'settings'),
    protocol('IMAP', imap),
    protocol('POP3', pop3),
    protocol('SMTP', smtp),
  ])
  const response = element('Response', [account], { xmlns: outlookSchema })
  return documentOf(element('Autodiscover', [response], { xmlns: responseSchema }))
}

/** The address in what Outlook posts; undefined when there is none that could be one. No XML is parsed for it. */
export function askedAddress(body: string): string | undefined {
  return /<EMailAddress>\s*([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9._-]{1,253})\s*<\/EMailAddress>/.exec(body)?.[1]
}
