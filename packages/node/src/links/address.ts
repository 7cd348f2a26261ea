/**
 * Where a node can be called, as people and NNCP's configuration write it, as a URL: `tcp://host:port`, `host:port`,
 * `[fe80::1%eth0]:5400`, or `|command arguments`.
 */
import { isIP } from 'node:net'
import { OperatingError } from '../base/errors.ts'
import { pipeCommand, pipeUrl } from './pipe/command.ts'
import { tcpAddress, tcpUrl } from './tcp/address.ts'

/** @throws OperatingError `bad-address`. */
export function callableUrl(text: string): URL {
  const url = text.startsWith('|')
    ? pipeUrl(text.slice(1).trim())
    : text.startsWith('pipe:')
      ? new URL(text)
      : tcp(text)
  if (url?.protocol === 'pipe:') pipeCommand(url)
  else if (url !== undefined) tcpAddress(url)
  else throw badAddress(text)
  return url
}

/**
 * Only hosts and ports: whoever wrote a card, a configuration or an invite must not choose commands that run here, or
 * whom we speak to as a proxy. Those are addresses only when a person gives them.
 */
export function tcpAddressIn(text: string): string[] {
  try {
    const url = callableUrl(text)
    return url.protocol === 'tcp:' && !url.searchParams.has('via') ? [url.href] : []
  } catch (error) {
    if (error instanceof OperatingError) return []
    throw error
  }
}

function tcp(text: string): URL | undefined {
  const rest = text.replace(/^tcp:\/\//, '')
  const [, ip, zone, port] = /^\[([0-9a-fA-F:.]+)%(?:25)?([^\]]+)\]:(\d{1,5})$/.exec(rest) ?? []
  if (ip !== undefined && isIP(ip) === 6) {
    const host = `${ip}%${zone}`
    return Number(port) < 65_536 ? tcpUrl({ host, port: Number(port) }) : undefined
  }
  return URL.canParse(`tcp://${rest}`) ? new URL(`tcp://${rest}`) : undefined
}

function badAddress(text: string): OperatingError {
  return new OperatingError(
    `${text} is no address that can be called: write tcp://host:port, or '|command arguments'.`,
    {
      code: 'bad-address',
      retry: 'never',
    },
  )
}
