/** Finding other nodes in the local network, and being found, while the node runs. */
import { randomBytes } from 'node:crypto'
import { systemClock } from '../base/clock.ts'
import type { Service } from '../base/lifecycle.ts'
import { discoverLan, type SightingSource } from '../links/lan/index.ts'
import type { TcpAddress } from '../links/tcp/address.ts'
import type { Node } from './assemble.ts'

/** @param calls where this node takes calls. */
export function startDiscovery(node: Node, calls: TcpAddress): Service {
  const { discovery, announce, mdns } = node.config.lan
  const stopped = new AbortController()
  // Without discovery only the machine's own interfaces are looked at.
  const sources: SightingSource[] = discovery ? ['mcd', ...(mdns ? (['mdns'] as const) : [])] : []
  const running = discoverLan(
    {
      ...{ self: node.identity.id, name: node.name, sources },
      port: announce && isReachable(calls.host) ? calls.port : null,
      found: sighting => node.courier.found(sighting),
      networkChanged: change => node.courier.networkChanged(change),
      ...{ clock: systemClock, random: randomBytes, log: node.log },
    },
    stopped.signal,
  )
  return {
    async stop() {
      stopped.abort()
      await running
    },
  }
}

/** An announcement says no address: it is true where the node takes calls on that interface, so on all of them. */
function isReachable(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}
