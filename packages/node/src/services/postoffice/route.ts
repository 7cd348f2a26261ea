/** Where an address leads: to a mailbox here, a node we know, another mail system, or nowhere, in words for people. */
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import { type Address, formatAddress, idPrefixInDomain, idPrefixOf, parseAddress } from './letter/address.ts'
import { type GatewayRule, gatewayFor, isPlain } from './outside.ts'

export interface Self {
  readonly id: string
  readonly name: string
  readonly domains: readonly string[]
}

export type Route =
  | { readonly kind: 'local'; readonly user: string }
  | { readonly kind: 'node'; readonly neighbour: Neighbour; readonly address: string }
  | { readonly kind: 'gateway'; readonly gateway: GatewayRule; readonly address: string }
  | { readonly kind: 'bad-address'; readonly text: string }
  | { readonly kind: 'unknown-user'; readonly text: string }
  | { readonly kind: 'unknown-node'; readonly text: string }

export type Router = (recipient: string) => Promise<Route>

export function router(options: { self: Self; directory: Directory; gateways: readonly GatewayRule[] }): Router {
  const { self, directory, gateways } = options
  const ownPrefix = idPrefixOf(self.id)

  return async recipient => {
    const address = parseAddress(recipient)
    if (address === undefined)
      return { kind: 'bad-address', text: 'This is not a mail address that can be delivered to' }
    const prefix = idPrefixInDomain(address.domain)
    if (prefix === ownPrefix || self.domains.includes(address.domain)) return localRoute(directory, address)
    const neighbour =
      prefix === undefined
        ? await directory.neighbours.byDomain(address.domain)
        : await directory.neighbours.byIdPrefix(prefix)
    if (neighbour !== undefined) return { kind: 'node', neighbour, address: formatAddress(address) }
    const gateway = prefix === undefined ? gatewayFor(gateways, address.domain) : undefined
    if (gateway !== undefined) return gatewayRoute(gateway, address)
    return {
      kind: 'unknown-node',
      text:
        prefix === undefined
          ? `No node is known for ${address.domain}`
          : `This node does not know the node of ${address.domain} yet: exchange cards with it first`,
    }
  }
}

function gatewayRoute(gateway: GatewayRule, address: Address): Route {
  if (!gateway.plainOnly || isPlain(address)) return { kind: 'gateway', gateway, address: formatAddress(address) }
  const text = `Mail for ${address.domain} is handed to a program here, which takes only letters, digits and . _ + = -`
  return { kind: 'bad-address', text }
}

/** Users have lower-case names; what follows a `+` is the user's own business (RFC 5233). */
async function localRoute(directory: Directory, address: Address): Promise<Route> {
  const name = address.local.toLowerCase()
  const [base = name] = name.split('+')
  for (const candidate of new Set([name, base])) {
    const user = await directory.users.get(candidate)
    if (user !== undefined) return { kind: 'local', user: user.name }
  }
  return { kind: 'unknown-user', text: `Nobody here is called ${address.local}` }
}
