/** What this node is called in browsers, at this moment: addresses come and go with networks. */
import { hostname, networkInterfaces } from 'node:os'
import type { HostNames } from '../../services/web-server/index.ts'

const keptMs = 5000

export function hostNames(options: {
  readonly configured: readonly string[]
  readonly domains: readonly string[]
  /** Found as `NAME.local` by multicast. */
  readonly name: string
  readonly now: () => number
}): HostNames {
  const machine = (hostname().split('.')[0] ?? '').toLowerCase()
  const lasting = [...options.domains, hostname().toLowerCase(), machine, `${machine}.local`, `${options.name}.local`]
  let [known, at]: [readonly string[], number] = [[], Number.NEGATIVE_INFINITY]
  return {
    configured: options.configured,
    own() {
      const now = options.now()
      // Asking the system costs more than a request; a clock that was put back asks anew.
      if (Math.abs(now - at) > keptMs) [known, at] = [[...lasting, ...addresses()], now]
      return known
    },
  }
}

function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return all.map(({ address, family }) => (family === 'IPv6' ? `[${address.replace(/%.*$/, '')}]` : address))
}
