/** Where a SOCKS 5 proxy is: `socks5://host:port`, and for the operator alone `socks5://user:password@host:port`. */
import { OperatingError } from '../../../base/errors.ts'
import type { SocksLogin } from './machine.ts'

export interface SocksProxy {
  readonly host: string
  readonly port: number
  readonly login?: SocksLogin
}

const host = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253})$/i
const loginBytesMax = 255

/** @throws OperatingError `bad-address`, without a word of what was given: it may hold a password. */
export function socksProxy(text: string): SocksProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const whole = url !== undefined && ['socks5:', 'socks5h:'].includes(url.protocol) && host.test(url.hostname)
  if (!whole || url.port === '' || !['', '/'].includes(url.pathname) || url.search !== '') throw badProxy()
  const where = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
  if (url.username === '' && url.password === '') return where
  const login = { user: plain(url.username), password: plain(url.password) }
  return { ...where, login }
}

function plain(encoded: string): string {
  let text = ''
  try {
    text = decodeURIComponent(encoded)
  } catch {
    throw badProxy()
  }
  const sizeBytes = Buffer.byteLength(text)
  if (sizeBytes === 0 || sizeBytes > loginBytesMax) throw badProxy()
  return text
}

function badProxy(): OperatingError {
  return new OperatingError('This is no proxy that can be used: socks5://host:port is wanted.', {
    code: 'bad-address',
    retry: 'never',
  })
}
