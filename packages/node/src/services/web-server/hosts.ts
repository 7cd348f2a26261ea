/**
 * Whose requests are served: what a browser says of where it thinks it is, and of which page asks.
 *
 * A page of somebody else can make a browser send requests here, even by a name of its own that leads here (DNS
 * rebinding). It cannot choose what `Host`, `Origin` and `Sec-Fetch-Site` say.
 */
import type { IncomingHttpHeaders } from 'node:http'

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const hostForm = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,252}))(?::(\d{1,5}))?$/

export interface HostNames {
  /** Names that always count, as an operator set them: lower case, without port. */
  readonly configured: readonly string[]
  /** This node's own names and addresses at this moment; IPv6 in brackets. */
  own(): readonly string[]
}

/** Undefined for what is no host. The port plays no part: it may be another one behind a tunnel. */
function nameOf(host: string | undefined): string | undefined {
  return hostForm.exec((host ?? '').toLowerCase())?.[1]
}

/**
 * @param local Whether it came from this machine. There only names that nobody else can give count: what is found in
 *   the local network by the name of this node must not become a way around its encryption.
 */
export function isServed(host: string | undefined, names: HostNames, local: boolean): boolean {
  const name = nameOf(host)
  if (name === undefined) return false
  if (loopbackNames.has(name) || names.configured.includes(name)) return true
  return !local && names.own().includes(name)
}

/** Whether the page that asks is one of this very host; undefined where no page is named. */
export function isOwnOrigin({ origin, host }: Pick<IncomingHttpHeaders, 'origin' | 'host'>): boolean | undefined {
  if (origin === undefined) return undefined
  const at = URL.canParse(origin) ? new URL(origin) : undefined
  if (at === undefined || (at.protocol !== 'http:' && at.protocol !== 'https:')) return false
  const served = URL.canParse(`${at.protocol}//${host}`) ? new URL(`${at.protocol}//${host}`) : undefined
  return served !== undefined && origin === at.origin && at.host === served.host
}

/** What other pages may not even ask for: browsers say when it is one of those. */
export function isAskedByOthers(headers: IncomingHttpHeaders): boolean {
  const from = headers['sec-fetch-site']
  return from !== undefined && from !== 'same-origin' && from !== 'none'
}
