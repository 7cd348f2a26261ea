/** `[[gateway]]`: ways to other mail systems, in `posthorn.toml`. */
import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import { unknownPlaceholder } from '../../services/gateway/index.ts'
import { domainPattern, neighbourNames, nodeName, whole, word } from './values.ts'

const domains = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.maxLength(254),
      v.check(
        text => text === '*' || domainPattern.test(text.startsWith('.') ? text.slice(1) : text),
        'must be a domain in lower case, one with a dot before it for all below it, or "*" for the rest',
      ),
    ),
  ),
  v.minLength(1, 'must name at least one domain'),
  v.maxLength(1000),
)

const command = v.pipe(
  v.array(word),
  v.minLength(1, 'must name a program'),
  v.maxLength(256),
  v.check(words => isAbsolute(words[0] ?? ''), 'must begin with the absolute path of a program'),
  v.check(words => !/[{}]/.test(words[0] ?? ''), 'must not put anything into the path of the program'),
  v.check(
    words => unknownPlaceholder(words) === undefined,
    'knows {sender}, {recipient}, {local} and {domain} between braces, and nothing else',
  ),
)

const url = v.pipe(v.string(), v.maxLength(1024))
const file = v.pipe(word, v.minLength(1))

const gatewayTable = v.strictObject({
  name: nodeName,
  domains,
  from: v.optional(neighbourNames, []),
  command: v.exactOptional(command),
  smarthost: v.exactOptional(v.pipe(url, v.check(isSmarthost, 'must be smtp://host:port or smtps://user@host:port'))),
  lmtp: v.exactOptional(v.pipe(url, v.check(isLmtp, 'must be lmtp://host:port or unix:/path/of/a/socket'))),
  tls: v.exactOptional(v.picklist(['required', 'optional', 'none'])),
  ca_file: v.exactOptional(file),
  password_file: v.exactOptional(file),
  at_once: v.optional(whole(1, 50), 4),
  recipients_max: v.exactOptional(whole(1, 100)),
  timeout_seconds: v.exactOptional(whole(1, 86_400)),
  line_ends: v.exactOptional(v.picklist(['lf', 'crlf'])),
  from_line: v.exactOptional(v.boolean()),
  return_path: v.exactOptional(v.boolean()),
  null_sender: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9@._<>+-]{0,254}$/, 'must be an address or <>'))),
})

type GatewayTable = v.InferOutput<typeof gatewayTable>

const gateway = v.pipe(
  gatewayTable,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const message = faultOf(dataset.value)
    if (message !== undefined) addIssue({ message })
  }),
)

export const gateways = v.pipe(
  v.array(gateway),
  v.maxLength(100),
  v.check(all => new Set(all.map(({ name }) => name)).size === all.length, 'must have a name of its own each'),
)

export interface ServerUrl {
  readonly protocol: 'smtp' | 'lmtp'
  readonly at: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly implicitTls: boolean
  readonly user: string | null
}

/** Undefined for anything that is none, and for a URL with a password in it. */
export function parseServer(text: string): ServerUrl | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return isAbsolute(path) ? { protocol: 'lmtp', at: { path }, implicitTls: false, user: null } : undefined
  }
  try {
    const { protocol: scheme, hostname, port, username, password, pathname, search, hash } = new URL(text)
    const usual = new Map([
      ['smtp:', 587],
      ['smtps:', 465],
      ['lmtp:', 24],
    ]).get(scheme)
    const tail = `${pathname === '/' ? '' : pathname}${search}${hash}`
    if (usual === undefined || hostname === '' || tail !== '' || password !== '') return undefined
    const at = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? usual : Number(port) }
    const user = username === '' ? null : decodeURIComponent(username)
    return { protocol: scheme === 'lmtp:' ? 'lmtp' : 'smtp', at, implicitTls: scheme === 'smtps:', user }
  } catch {
    return undefined
  }
}

/** What stays on this machine needs no TLS. */
export function isLocal(at: ServerUrl['at']): boolean {
  if ('path' in at) return true
  return at.host === 'localhost' || at.host === '::1' || (isIP(at.host) === 4 && at.host.startsWith('127.'))
}

function isSmarthost(text: string): boolean {
  return parseServer(text)?.protocol === 'smtp'
}

function isLmtp(text: string): boolean {
  return parseServer(text)?.protocol === 'lmtp'
}

const forCommands = ['timeout_seconds', 'line_ends', 'from_line', 'return_path', 'null_sender'] as const
const forServers = ['tls', 'ca_file', 'password_file'] as const

function faultOf(table: GatewayTable): string | undefined {
  const ways = [table.command, table.smarthost, table.lmtp].filter(way => way !== undefined)
  if (ways.length !== 1) return 'must have one of command, smarthost and lmtp'
  const foreign = (table.command === undefined ? forCommands : forServers).find(key => table[key] !== undefined)
  if (foreign !== undefined) return `has no use for ${foreign}: it is for ${table.command ? 'servers' : 'commands'}`
  const server = parseServer(table.smarthost ?? table.lmtp ?? '')
  if (server === undefined) return undefined
  if (server.implicitTls && table.tls !== undefined) return 'has no use for tls: smtps:// is TLS from the first byte'
  if ((server.user === null) !== (table.password_file === undefined)) {
    return 'needs both to log in: a user, as in smtps://user@host, and a password_file'
  }
  const open = !server.implicitTls && table.tls !== undefined && table.tls !== 'required'
  if (server.user !== null && open && !isLocal(server.at)) return 'must not send a password without tls = "required"'
  return undefined
}
