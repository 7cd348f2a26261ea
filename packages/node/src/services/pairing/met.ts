import { BlockList, isIP } from 'node:net'
import { tcpAddress, tcpUrl } from '../../links/tcp/address.ts'

/** Networks without translation of addresses in between: who calls from there can be called there. */
const direct = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
] as const) {
  direct.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::1', 128],
  ['fe80::', 10],
  ['fc00::', 7],
  // Yggdrasil's.
  ['200::', 7],
] as const) {
  direct.addSubnet(network, bits, 'ipv6')
}

/** Where a node that calls from `remote`, and listens on `port`, can probably be called. */
export function metAt(remote: string, port: number): string[] {
  if (port === 0 || !URL.canParse(remote)) return []
  const { host } = tcpAddress(new URL(remote))
  const [ip = ''] = host.split('%')
  const family = isIP(ip)
  if (family === 0 || !direct.check(ip, family === 4 ? 'ipv4' : 'ipv6')) return []
  return [tcpUrl({ host, port }).href]
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
