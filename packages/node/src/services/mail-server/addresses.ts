/** Mail addresses, as far as the edge must understand them: whose they are. What can be reached, the desk judges. */
import { domainToASCII } from 'node:url'

export interface AddressParts {
  readonly local: string
  /** Lower case. */
  readonly domain: string
}

/** RFC 5321 §4.5.3.1.3: 256 octets with the brackets. */
export const addressCharactersMax = 254
/** RFC 5321 §4.5.3.1.1. */
const localCharactersMax = 64

const printableAscii = /^[\x21-\x7e]+$/

/** `undefined` when this is no address: not exactly one `@`, empty parts, blanks, anything but ASCII, too long. */
export function splitAddress(address: string): AddressParts | undefined {
  if (address.length > addressCharactersMax || !printableAscii.test(address)) return undefined
  const [local, domain, ...more] = address.split('@')
  if (local === undefined || domain === undefined || more.length > 0) return undefined
  if (local === '' || domain === '' || local.length > localCharactersMax) return undefined
  return { local, domain: domain.toLowerCase() }
}

/** The SMTP library shows international domains in Unicode; on the wire, and here, they are ASCII (RFC 5891). */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (at < 0 || printableAscii.test(domain)) return address
  const ascii = domainToASCII(domain)
  return ascii === '' ? address : `${address.slice(0, at)}@${ascii}`
}

/** Is this address the user's own, under any of the domains that are ours? */
export function belongsTo(address: string, user: string, domains: readonly string[]): boolean {
  const parts = splitAddress(address)
  return parts !== undefined && parts.local.toLowerCase() === user && isOurs(parts.domain, domains)
}

export function isOurs(domain: string, domains: readonly string[]): boolean {
  return domains.some(ours => ours.toLowerCase() === domain)
}
