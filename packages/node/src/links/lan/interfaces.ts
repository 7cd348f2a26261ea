/** The machine's interfaces as discovery needs them. */
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface LanInterface {
  readonly name: string
  /** The system's number of it, when it has an IPv6 address; an interface that was made anew has another. */
  readonly index: number
  readonly ipv4: readonly { readonly address: string; readonly prefixBits: number }[]
  /** Link-local addresses, without zone. */
  readonly linkLocal: readonly string[]
  /** Other IPv6 addresses. */
  readonly ipv6: readonly string[]
}

/** Those that lead out of this machine and have an address, in the system's order. */
export function lanInterfaces(): LanInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const outward = addresses.filter(({ internal }) => !internal)
    if (outward.length === 0) return []
    const ipv6 = outward.filter(({ family }) => family === 'IPv6')
    const isLinkLocal = ({ address }: { address: string }) => /^fe[89ab]/i.test(address)
    return {
      name,
      index: Math.max(0, ...ipv6.map(address => ('scopeid' in address ? (address.scopeid ?? 0) : 0))),
      ipv4: outward
        .filter(({ family }) => family === 'IPv4')
        .map(({ address, cidr }) => ({ address, prefixBits: Number(cidr?.split('/')[1] ?? 32) })),
      linkLocal: ipv6.filter(isLinkLocal).map(({ address }) => address),
      ipv6: ipv6.filter(address => !isLinkLocal(address)).map(({ address }) => address),
    }
  })
}

/** The interface on whose network the sender of a datagram is: by its zone, or by its IPv4 network. */
export function interfaceOf(sender: string, interfaces: readonly LanInterface[]): LanInterface | undefined {
  const [ip = '', zone] = sender.split('%')
  if (zone !== undefined) return interfaces.find(({ name, index }) => name === zone || String(index) === zone)
  return interfaces.find(({ ipv4 }) => ipv4.some(network => contains(network, ip)))
}

function contains({ address, prefixBits }: { address: string; prefixBits: number }, ip: string): boolean {
  const network = new BlockList()
  network.addSubnet(address, prefixBits, 'ipv4')
  return network.check(ip, 'ipv4')
}
