/**
 * `tcp://host:port` with a name, an IPv4 address or an IPv6 address in brackets. The zone of a link-local address is a
 * parameter, since URLs know no zones: `tcp://[fe80::1]:5400?zone=eth0`.
 */
import { isIP, isIPv6 } from 'node:net'
import { OperatingError } from '../../base/errors.ts'

export interface TcpAddress {
  /** For the operating system: no brackets, with its zone. */
  readonly host: string
  readonly port: number
}

/** @throws OperatingError `bad-address`. */
export function tcpAddress(url: URL): TcpAddress {
  const port = Number(url.port)
  const bracketed = /^\[(.+)\]$/.exec(url.hostname)?.[1]
  const zone = url.searchParams.get('zone')
  const zoned = zone === null ? '' : `%${zone}`
  const host = bracketed === undefined ? url.hostname : `${bracketed}${zoned}`
  const whole = host !== '' && url.port !== '' && (zone === null || (bracketed !== undefined && zonePattern.test(zone)))
  if (url.protocol === 'tcp:' && whole && url.username === '' && ['', '/'].includes(url.pathname)) return { host, port }
  throw new OperatingError('This is no address that can be called: tcp://host:port is wanted.', {
    code: 'bad-address',
    retry: 'never',
  })
}

/** The URL of an address as the operating system writes it. */
export function tcpUrl({ host, port }: TcpAddress): URL {
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

const zonePattern = /^[A-Za-z0-9._-]{1,32}$/
