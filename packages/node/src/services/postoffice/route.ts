/** Where an address leads: to mailboxes here, a node we know, another mail system, or nowhere, in words for people. */
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import {
  type Address,
  formatAddress,
  idPrefixInDomain,
  idPrefixOf,
  nodeDomain,
  parseAddress,
} from './letter/address.ts'
import { postofficeLimits } from './limits.ts'
import { type GatewayRule, gatewayFor, isPlain } from './outside.ts'

export interface Self {
  readonly id: string
  readonly name: string
  readonly domains: readonly string[]
}

export type LocalRoute = { readonly kind: 'local'; readonly user: string }

/** An alias for several, or for somebody elsewhere; other aliases behind it have been followed. */
export interface ListRoute {
  readonly kind: 'list'
  /** Its own address. */
  readonly address: string
  readonly users: readonly string[]
  /** Addresses that are none of this node. */
  readonly outside: readonly string[]
}

export type Route =
  | LocalRoute
  | ListRoute
  | { readonly kind: 'node'; readonly neighbour: Neighbour; readonly address: string }
  | { readonly kind: 'gateway'; readonly gateway: GatewayRule; readonly address: string }
  | { readonly kind: 'bad-address'; readonly text: string }
  | { readonly kind: 'unknown-user'; readonly text: string }
  | { readonly kind: 'unknown-node'; readonly text: string }

export type Router = (recipient: string) => Promise<Route>

export interface RouterOptions {
  readonly self: Self
  readonly directory: Directory
  readonly gateways: readonly GatewayRule[]
  /** Whether what follows a `+` is the user's own business (RFC 5233). Default true. */
  readonly plusAddresses?: boolean | undefined
  /** A name that is the node's own, and in no directory. */
  readonly account?: string | undefined
}

export function router(options: RouterOptions): Router {
  const { self, directory, gateways } = options
  const ownPrefix = idPrefixOf(self.id)
  const here = new Here(options)

  return async recipient => {
    const address = parseAddress(recipient)
    if (address === undefined)
      return { kind: 'bad-address', text: 'This is not a mail address that can be delivered to' }
    const prefix = idPrefixInDomain(address.domain)
    if (prefix === ownPrefix || self.domains.includes(address.domain)) return here.route(address)
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

/** Where a letter ends that comes to such an address: these people's mailboxes. Undefined: not here. */
export function usersOf(route: Route): readonly string[] | undefined {
  if (route.kind === 'local') return [route.user]
  return route.kind === 'list' ? route.users : undefined
}

interface Found {
  readonly users: Set<string>
  readonly outside: Set<string>
  /** Aliases that were followed. */
  readonly seen: Set<string>
}

/** RFC 5321 §4.5.1, RFC 2142: somebody must read these. */
const alwaysThere: ReadonlySet<string> = new Set(['postmaster', 'abuse'])

/** The addresses of this node: users, aliases, catch-all, and those that every mail system has. */
class Here {
  readonly #options: RouterOptions
  readonly #domain: string

  constructor(options: RouterOptions) {
    this.#options = options
    this.#domain = nodeDomain(options.self.name, options.self.id)
  }

  async route(address: Address): Promise<Route> {
    const found: Found = { users: new Set(), outside: new Set(), seen: new Set() }
    const local = address.local.toLowerCase()
    await this.#follow(local, this.#ownDomain(address.domain), found)
    const [user, ...others] = found.users
    if (user !== undefined && others.length === 0 && found.outside.size === 0) return { kind: 'local', user }
    if (found.users.size + found.outside.size === 0) {
      return { kind: 'unknown-user', text: `Nobody here is called ${address.local}` }
    }
    const [own = `${local}@${this.#domain}`] = found.seen
    return { kind: 'list', address: own, users: [...found.users], outside: [...found.outside] }
  }

  /** The node's own domain has a part for people, which a sender may have written in another way. */
  #ownDomain(domain: string): string {
    return this.#options.self.domains.includes(domain) ? domain : this.#domain
  }

  #isOurs(domain: string): boolean {
    const { self } = this.#options
    return idPrefixInDomain(domain) === idPrefixOf(self.id) || self.domains.includes(domain)
  }

  async #follow(local: string, domain: string, found: Found): Promise<void> {
    const { plusAddresses = true } = this.#options
    const [base = local] = plusAddresses ? local.split('+') : [local]
    for (const name of new Set([local, base])) {
      if (await this.#followName(name, domain, found)) return
    }
    if (alwaysThere.has(base)) {
      const { users } = this.#options.directory
      // Whoever has made somebody the postmaster means the other name too.
      if (base !== 'postmaster' && (await this.#followName('postmaster', domain, found))) return
      const first = await users.first()
      if (first !== undefined) found.users.add(first.name)
      return
    }
    await this.#followAlias(`@${domain}`, found)
  }

  /** Whether there is a user or alias of the name. */
  async #followName(name: string, domain: string, found: Found): Promise<boolean> {
    if (name === this.#options.account) {
      found.users.add(name)
      return true
    }
    if (await this.#followAlias(`${name}@${domain}`, found)) return true
    const user = await this.#options.directory.users.get(name)
    if (user === undefined) return this.#followAlias(name, found)
    found.users.add(user.name)
    return true
  }

  async #followAlias(alias: string, found: Found): Promise<boolean> {
    const known = await this.#options.directory.aliases.get(alias)
    if (known === undefined) return false
    const id = alias.startsWith('@') ? `*${alias}` : alias.includes('@') ? alias : `${alias}@${this.#domain}`
    // Once each, so that a circle ends; and so many that the work is bounded.
    if (found.seen.has(id) || found.seen.size >= postofficeLimits.aliasesFollowedMax) return true
    found.seen.add(id)
    for (const target of known.targets) {
      if (found.users.size + found.outside.size >= postofficeLimits.listedMax) break
      await this.#followTarget(target, found)
    }
    return true
  }

  async #followTarget(target: string, found: Found): Promise<void> {
    const address = parseAddress(target.includes('@') ? target : `${target}@${this.#domain}`)
    if (address === undefined) return
    if (!this.#isOurs(address.domain)) found.outside.add(formatAddress(address))
    else await this.#follow(address.local.toLowerCase(), this.#ownDomain(address.domain), found)
  }
}
