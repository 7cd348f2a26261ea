/** Mail addresses (RFC 5321 §4.1.2), ASCII only: Delta Chat refuses others, and so do NNCP peers' mail programs. */

export interface Address {
  /** As given: case may matter to whoever owns the domain. */
  readonly local: string
  /** Lower case. */
  readonly domain: string
}

/** RFC 5321 §4.5.3.1: 64 octets before the `@`, 255 after it, 254 in all between angle brackets. */
const localBytesMax = 64
const addressBytesMax = 254

const atom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,76}[a-z0-9_])?$/
const ipLiteral = /^\[[0-9a-f.:]{2,45}\]$/

/**
 * The parts of an address, or undefined. A leading `-` is refused, although the standard allows it: the address becomes
 * an argument of a program at stock NNCP nodes.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > addressBytesMax || text.startsWith('-')) return undefined
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  const domain = text.slice(at + 1).toLowerCase()
  if (local.length === 0 || local.length > localBytesMax || !atom.test(local)) return undefined
  if (ipLiteral.test(domain)) return { local, domain }
  if (domain.length === 0 || !domain.split('.').every(part => label.test(part))) return undefined
  return { local, domain }
}

export function formatAddress(address: Address): string {
  return `${address.local}@${address.domain}`
}

/** How many characters of a node's id its address domain carries: 80 bits, which route and prove themselves. */
const idPrefixCharacters = 16

/** RFC 9476: names under `.alt` are outside the DNS. */
const ownSuffix = '.nncp.alt'

/** `camp-k3j5h2q7abcdefgh.nncp.alt`. */
export function nodeDomain(name: string, id: string): string {
  return `${name}-${idPrefixOf(id)}${ownSuffix}`
}

export function idPrefixOf(id: string): string {
  return id.slice(0, idPrefixCharacters).toLowerCase()
}

/** The id part of a node's own domain, or undefined for any other domain. The name before it is for people only. */
export function idPrefixInDomain(domain: string): string | undefined {
  if (!domain.endsWith(ownSuffix)) return undefined
  const first = domain.slice(0, -ownSuffix.length)
  const prefix = first.slice(-idPrefixCharacters)
  const separator = first.at(-idPrefixCharacters - 1)
  if (!/^[a-z2-7]{16}$/.test(prefix)) return undefined
  return separator === undefined || separator === '-' ? prefix : undefined
}
