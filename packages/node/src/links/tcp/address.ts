/**
 * `tcp://host:port` with a name, an IPv4 address or an IPv6 address in brackets. The zone of a link-local address is a
 * parameter, since URLs know no zones: `tcp://[fe80::1]:5400?zone=eth0`. So is a proxy on the way:
 * `tcp://host:port?via=socks5://127.0.0.1:9050`.
 */
import { isIP, isIPv6 } from 'node:net'
import { OperatingError } from '../../base/errors.ts'
import { type SocksProxy, socksProxy } from './socks/proxy.ts'

export interface TcpAddress {
  /** For the operating system: no brackets, with its zone. */
  readonly host: string
  readonly port: number
  /** Where the address itself says so. */
  readonly via?: SocksProxy
}

/** @throws OperatingError `bad-address`. */
export function tcpAddress(url: URL): TcpAddress {
  const bracketed = /^\[(.+)\]$/.exec(url.hostname)?.[1]
  const { zone, via, others } = parameters(url)
  const zoned = zone === undefined ? '' : `%${zone}`
  const host = bracketed === undefined ? url.hostname : `${bracketed}${zoned}`
  // A proxy cannot know what our interfaces are called.
  const zoneFits = zone === undefined || (bracketed !== undefined && zonePattern.test(zone) && via === undefined)
  const hostFits = bracketed !== undefined || namePattern.test(host)
  const whole = url.port !== '' && url.username === '' && ['', '/'].includes(url.pathname) && !others
  if (url.protocol !== 'tcp:' || !hostFits || !zoneFits || !whole) throw badAddress()
  const where = { host, port: Number(url.port) }
  if (via === undefined) return where
  const proxy = socksProxy(via)
  // Addresses are shown, logged and stored: no secrets in them.
  if (proxy.login !== undefined) throw badAddress()
  return { ...where, via: proxy }
}

function parameters({ searchParams }: URL) {
  const keys = [...searchParams.keys()]
  const one = (key: string) => searchParams.get(key) ?? undefined
  const others = keys.some(key => !['zone', 'via'].includes(key)) || new Set(keys).size < keys.length
  return { zone: one('zone'), via: one('via'), others }
}

/** A service inside Tor (RFC 7686): its name means nothing to the DNS, and must not be asked for there. */
export function isOnion(host: string): boolean {
  return /(?:^|\.)onion\.?$/i.test(host)
}

function badAddress(): OperatingError {
  return new OperatingError('This is no address that can be called: tcp://host:port is wanted.', {
    code: 'bad-address',
    retry: 'never',
  })
}

/** The URL of an address as the operating system writes it. */
export function tcpUrl({ host, port }: Pick<TcpAddress, 'host' | 'port'>): URL {
  const [ip = '', zone] = host.split('%')
  if (!isIPv6(ip)) return new URL(`tcp://${host}:${port}`)
  const url = new URL(`tcp://[${ip}]:${port}`)
  if (zone !== undefined) url.searchParams.set('zone', zone)
  return url
}

/** One caller: an IPv4 address, or the /64 network that one IPv6 host may choose its addresses from. */
export function originOf(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1]
  if (mapped !== undefined) return mapped
  if (isIP(host.split('%')[0] ?? '') !== 6) return host
  const [address = '', zone = ''] = host.split('%')
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const whole = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')]
  return `${whole.slice(0, 4).join(':').toLowerCase()}::/64${zone === '' ? '' : `%${zone}`}`
}

const namePattern = /^[A-Za-z0-9._-]{1,253}$/
const zonePattern = /^[A-Za-z0-9._-]{1,32}$/
