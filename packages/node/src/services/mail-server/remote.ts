/** What can be told from the address a connection came from. */
import { isIPv6 } from 'node:net'

const mappedIpv4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i

/** The address without the dress that a dual-stack socket puts on IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(mappedIpv4, '')
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain)
}

/**
 * What counts as one place for limits: an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one
 * address of such a network has them all.
 */
export function placeOf(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const front = head.split(':').filter(group => group !== '')
  const back = (tail ?? '').split(':').filter(group => group !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`
}
