/** Who is in the local network. */
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'

/** A node in the local network, by its own word: nothing of it is proven. */
export interface NearbyStatus {
  readonly id: string
  /** What it calls itself; null when it did not say. */
  readonly name: string | null
  /** Our name for it; null: it is no neighbour. */
  readonly neighbour: string | null
  /** Where it takes calls, as `neighbour add --addr` takes it; the best first. Times are ISO 8601. */
  readonly addresses: readonly {
    readonly url: string
    readonly interface: string
    readonly source: 'mcd' | 'mdns'
    readonly seenAt: string
  }[]
  readonly since: string
}

/** @throws OperatingError `not-running`, `discovery-off`. */
export async function listNearby(node: ServedNode): Promise<readonly NearbyStatus[]> {
  if (!node.running) {
    throw refusal('not-running', 'Only a running node hears others. Start it: posthorn start')
  }
  if (!node.config.lan.discovery) {
    throw refusal(
      'discovery-off',
      'This node does not look for others: set discovery = true in [lan] of posthorn.toml.',
    )
  }
  const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
  return node.courier.nearby().map(({ id, name, addresses, since }) => ({
    ...{ id, name, neighbour: names.get(id) ?? null, since: new Date(since).toISOString() },
    addresses: addresses.map(address => ({ ...address, seenAt: new Date(address.seenAt).toISOString() })),
  }))
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'later' })
}
