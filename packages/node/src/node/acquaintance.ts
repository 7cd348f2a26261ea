/** What a card, or the keys of a stock NNCP node, make of another node here; added by a person, or paired. */
import type { Suite } from '@posthorn/nncp'
import { OperatingError } from '../base/errors.ts'
import { tcpAddressIn } from '../links/address.ts'
import type { Introduction } from '../services/pairing/index.ts'
import type { Neighbour } from '../stores/directory/index.ts'
import type { Node } from './assemble.ts'
import { isNodeName } from './config/config.ts'
import { type NeighbourSource, readNeighbourSource } from './operations/neighbour-source.ts'

type Acquainting = Pick<Node, 'directory' | 'identity' | 'config'>

/**
 * The neighbour as it would be put: with what is known of it already, under the name that a person gave or its own.
 * @throws OperatingError `own-card`, `bad-name`, `domain-taken`.
 */
export async function acquaint(
  here: Acquainting,
  source: NeighbourSource,
  name: string | undefined,
): Promise<Neighbour> {
  const given = neighbourOf(source)
  const { id } = given.identity
  if (id === here.identity.id)
    throw refusal('own-card', 'This is the card of this node itself. Add the other node here.')
  const old = await here.directory.neighbours.get(id)
  const called = name ?? old?.name ?? given.name
  if (!isNodeName(called)) {
    const rule = 'use 1 to 40 of a-z, 0-9 and -. Give one with --name.'
    throw refusal('bad-name', `"${called}" cannot name a neighbour: ${rule}`)
  }
  await refuseForeignDomains(here, given)
  return {
    ...given,
    name: called,
    via: old?.via ?? [],
    otherRoads: old?.otherRoads ?? [],
    addresses: addressesOf(given, old),
    custody: old?.custody ?? given.custody,
    addedAt: old?.addedAt ?? Date.now(),
    lastContactAt: old?.lastContactAt ?? null,
  }
}

/**
 * The same for a node that pairs. Nobody looks at it before it is kept, so that what a person has to decide is refused.
 * @throws OperatingError as above, and `name-taken`, `keys-changed`, `bad-card`.
 */
export async function acquaintByPairing(
  here: Acquainting & { readonly suite: Suite },
  { card, name, met }: Introduction,
): Promise<Neighbour> {
  const source = readNeighbourSource(here.suite, card)
  const neighbour = await acquaint(here, source, name ?? undefined)
  const { id } = neighbour.identity
  const old = await here.directory.neighbours.get(id)
  if (old !== undefined && keysOf(old) !== keysOf(neighbour)) {
    throw refusal(
      'keys-changed',
      `The neighbour ${old.name} (${id}) shows other keys than before. If its owner says that this ` +
        'is right, renew its card by hand: posthorn neighbour add CARD',
    )
  }
  const holder = await here.directory.neighbours.byName(neighbour.name)
  if (holder !== undefined && holder.identity.id !== id) {
    throw refusal(
      'name-taken',
      `There is a neighbour ${neighbour.name} already, with other keys: ${holder.identity.id}. The new one is ` +
        `${id}. If it is another node, pair with --name NAME; if it is the same one with new keys, first remove the ` +
        'old one.',
    )
  }
  return { ...neighbour, addresses: [...new Set([...met, ...neighbour.addresses])] }
}

function keysOf({ identity: { exchangeKey, noiseKey } }: Neighbour): string {
  return Buffer.concat([exchangeKey, noiseKey ?? new Uint8Array(0)]).toString('hex')
}

/** One domain leads to one node: a later card cannot take over the mail of an earlier one. */
async function refuseForeignDomains(here: Acquainting, given: Neighbour): Promise<void> {
  for (const domain of given.domains) {
    const holder = await here.directory.neighbours.byDomain(domain)
    const own = here.config.node.domains.includes(domain)
    if (!own && (holder === undefined || holder.identity.id === given.identity.id)) continue
    const whose = own ? 'this node' : `the neighbour ${holder?.name}`
    throw refusal('domain-taken', `The card claims the domain ${domain}, which belongs to ${whose}. It was not added.`)
  }
}

function neighbourOf(source: NeighbourSource): Neighbour {
  const common = { via: [], otherRoads: [], addedAt: 0, lastContactAt: null }
  if (source.kind === 'nncp') {
    const { identity, addresses } = source
    const name = identity.id.slice(0, 8).toLowerCase()
    return { ...common, identity, name, domains: [], addresses, custody: 'copy', posthorn: false, card: null }
  }
  const { identity, name, domains, acknowledges } = source.card
  const addresses = source.card.addresses.flatMap(tcpAddressIn)
  const custody = acknowledges ? 'ack' : 'copy'
  return { ...common, identity, name, domains, addresses, custody, posthorn: true, card: source.link }
}

/** A card without addresses does not make those forgotten that a person has given. */
function addressesOf(given: Neighbour, old: Neighbour | undefined): readonly string[] {
  return given.addresses.length > 0 ? given.addresses : (old?.addresses ?? [])
}

export function nameTaken(name: string): OperatingError {
  return refusal(
    'name-taken',
    `Another neighbour is called ${name} already. Give this one a name of its own: --name NAME`,
  )
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
