/** The nodes we know, and our own card for them. */
import { formatPublicIdentity, type NodeId, parseNodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import { tcpUrl } from '../../links/tcp/address.ts'
import { nodeDomain } from '../../services/postoffice/index.ts'
import { cardLink, parseCardLink } from '../../stores/directory/card.ts'
import type { Neighbour } from '../../stores/directory/index.ts'
import type { QueueSummary } from '../../stores/spool/index.ts'
import { isNodeName } from '../config/config.ts'
import type { ServedNode } from '../served.ts'
import { type NeighbourSource, readNeighbourSource, tcpAddressIn } from './neighbour-source.ts'
import type { CardShown, NeighbourStatus, ParamsOf, ResultOf } from './types.ts'

export async function showCard(node: ServedNode): Promise<CardShown> {
  const { identity, name, domain, suite } = node
  const { domains } = node.config.node
  const { ports, lanHost } = await node.reach()
  const addresses = lanHost === null ? [] : [tcpUrl({ host: lanHost, port: ports.nncp }).href]
  const link = cardLink(suite, identity, { name, domains, addresses, acknowledges: true, issuedAt: Date.now() })
  return { link, id: identity.id, name, domain, domains, nncp: { ...formatPublicIdentity(identity) } }
}

export async function addNeighbour(
  node: ServedNode,
  params: ParamsOf<'neighbour.add'>,
): Promise<ResultOf<'neighbour.add'>> {
  const source = readNeighbourSource(node.suite, params.card)
  const given = neighbourOf(source)
  const { id } = given.identity
  if (id === node.identity.id)
    throw refusal('own-card', 'This is the card of this node itself. Add the other node here.')
  const old = await node.directory.neighbours.get(id)
  const name = params.name ?? old?.name ?? given.name
  if (!isNodeName(name)) {
    throw refusal('bad-name', `"${name}" cannot name a neighbour: use 1 to 40 of a-z, 0-9 and -. Give one with --name.`)
  }
  await refuseForeignDomains(node, given)
  const neighbour: Neighbour = {
    ...given,
    name,
    via: params.via === undefined ? (old?.via ?? []) : await relays(node, params.via),
    addresses: params.addr?.map(address => callableUrl(address).href) ?? addressesOf(given, old),
    custody: params.custody ?? old?.custody ?? given.custody,
    addedAt: old?.addedAt ?? Date.now(),
    lastContactAt: old?.lastContactAt ?? null,
  }
  const outcome = await node.directory.neighbours.put(neighbour)
  if (outcome === 'name-taken') {
    throw refusal(
      'name-taken',
      `Another neighbour is called ${name} already. Give this one a name of its own: --name NAME`,
    )
  }
  node.courier.refresh()
  return { ...(await statusOf(node, neighbour)), outcome }
}

/** One domain leads to one node: a later card cannot take over the mail of an earlier one. */
async function refuseForeignDomains(node: ServedNode, given: Neighbour): Promise<void> {
  for (const domain of given.domains) {
    const holder = await node.directory.neighbours.byDomain(domain)
    const own = node.config.node.domains.includes(domain)
    if (!own && (holder === undefined || holder.identity.id === given.identity.id)) continue
    const whose = own ? 'this node' : `the neighbour ${holder?.name}`
    throw refusal('domain-taken', `The card claims the domain ${domain}, which belongs to ${whose}. It was not added.`)
  }
}

function neighbourOf(source: NeighbourSource): Neighbour {
  const common = { via: [], addedAt: 0, lastContactAt: null }
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

async function relays(node: ServedNode, names: readonly string[]): Promise<NodeId[]> {
  const found: NodeId[] = []
  for (const name of names) found.push((await findNeighbour(node, name)).identity.id)
  return found
}

export async function listNeighbours(node: ServedNode): Promise<readonly NeighbourStatus[]> {
  const queues = await queuesByNeighbour(node)
  const neighbours = await node.directory.neighbours.list()
  return neighbours.map(neighbour => describe(node, neighbour, queues))
}

export async function showNeighbour(node: ServedNode, params: ParamsOf<'neighbour.show'>): Promise<NeighbourStatus> {
  return statusOf(node, await findNeighbour(node, params.name))
}

export async function removeNeighbour(
  node: ServedNode,
  params: ParamsOf<'neighbour.remove'>,
): Promise<ResultOf<'neighbour.remove'>> {
  const { identity, name } = await findNeighbour(node, params.name)
  const behind = (await node.directory.neighbours.list()).filter(({ via }) => via.includes(identity.id))
  if (behind.length > 0) {
    const names = behind.map(neighbour => neighbour.name).join(', ')
    throw refusal('relay-needed', `${name} is the relay on the way to ${names}. Remove those first.`)
  }
  await node.directory.neighbours.remove(identity.id)
  node.courier.refresh()
  const packetsDropped = await node.postOffice.giveUp(identity.id)
  return { name, packetsDropped }
}

export async function findNeighbour(node: ServedNode, nameOrId: string): Promise<Neighbour> {
  const id = parseNodeId(nameOrId)
  const { neighbours } = node.directory
  const found = id === undefined ? await neighbours.byName(nameOrId) : await neighbours.get(id)
  if (found !== undefined) return found
  throw refusal(
    'unknown-neighbour',
    `There is no neighbour ${nameOrId}. \`posthorn neighbour list\` shows who there is.`,
  )
}

async function statusOf(node: ServedNode, neighbour: Neighbour): Promise<NeighbourStatus> {
  return describe(node, neighbour, await queuesByNeighbour(node))
}

async function queuesByNeighbour(node: ServedNode): Promise<ReadonlyMap<NodeId, QueueSummary>> {
  return new Map((await node.spool.outbox.summary()).map(queue => [queue.nextHop, queue]))
}

function describe(node: ServedNode, neighbour: Neighbour, queues: ReadonlyMap<NodeId, QueueSummary>): NeighbourStatus {
  const { identity, name, custody, via, addresses, lastContactAt, card } = neighbour
  const ownName = card === null ? name : parseCardLink(node.suite, card).name
  const queue = queues.get(identity.id)
  return {
    name,
    id: identity.id,
    domain: nodeDomain(ownName, identity.id),
    custody,
    via,
    addresses,
    queued: { packets: queue?.packets ?? 0, bytes: queue?.bytes ?? 0 },
    lastContact: lastContactAt === null ? null : new Date(lastContactAt).toISOString(),
  }
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
