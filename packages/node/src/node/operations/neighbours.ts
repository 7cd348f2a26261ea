/** The nodes we know, and our own card for them. */
import { formatPublicIdentity, type NodeId, parseNodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import { tcpUrl } from '../../links/tcp/address.ts'
import { nodeDomain } from '../../services/postoffice/index.ts'
import { cardLink, parseCardLink } from '../../stores/directory/card.ts'
import type { Neighbour } from '../../stores/directory/index.ts'
import type { QueueSummary } from '../../stores/spool/index.ts'
import { acquaint, nameTaken } from '../acquaintance.ts'
import type { ServedNode } from '../served.ts'
import { readNeighbourSource } from './neighbour-source.ts'
import type { CardShown, NeighbourStatus, ParamsOf, ResultOf } from './types.ts'

export async function showCard(node: ServedNode): Promise<CardShown> {
  const { identity, name, domain, suite } = node
  const { domains } = node.config.node
  const { ports, lanHost } = await node.reach()
  const addresses = lanHost === null ? [] : [tcpUrl({ host: lanHost, port: ports.nncp }).href]
  const asksPassing = node.config.journeys.keep_days > 0
  const traits = { acknowledges: true, pushes: true, receipts: true, asksPassing }
  const link = cardLink(suite, identity, { name, domains, addresses, ...traits, issuedAt: Date.now() })
  return { link, id: identity.id, name, domain, domains, nncp: { ...formatPublicIdentity(identity) } }
}

export async function addNeighbour(
  node: ServedNode,
  params: ParamsOf<'neighbour.add'>,
): Promise<ResultOf<'neighbour.add'>> {
  const source = readNeighbourSource(node.suite, params.card)
  const known = await acquaint(node, source, params.name)
  const neighbour: Neighbour = {
    ...known,
    via: params.via === undefined ? known.via : await relays(node, params.via),
    otherRoads:
      params.orVia === undefined ? known.otherRoads : await Promise.all(params.orVia.map(road => relays(node, road))),
    addresses: params.addr?.map(address => callableUrl(address).href) ?? known.addresses,
    custody: params.custody ?? known.custody,
  }
  const outcome = await node.directory.neighbours.put(neighbour)
  if (outcome === 'name-taken') throw nameTaken(neighbour.name)
  node.courier.refresh()
  return { ...(await statusOf(node, neighbour)), outcome }
}

async function relays(node: ServedNode, names: readonly string[]): Promise<NodeId[]> {
  const found: NodeId[] = []
  for (const name of names) found.push((await findNeighbour(node, name)).identity.id)
  return found
}

export async function listNeighbours(node: ServedNode): Promise<readonly NeighbourStatus[]> {
  const queues = await queuesByNeighbour(node)
  const neighbours = await node.directory.neighbours.list()
  return Promise.all(neighbours.map(neighbour => describe(node, neighbour, queues)))
}

export async function showNeighbour(node: ServedNode, params: ParamsOf<'neighbour.show'>): Promise<NeighbourStatus> {
  return statusOf(node, await findNeighbour(node, params.name))
}

export async function removeNeighbour(
  node: ServedNode,
  params: ParamsOf<'neighbour.remove'>,
): Promise<ResultOf<'neighbour.remove'>> {
  const { identity, name } = await findNeighbour(node, params.name)
  const behind = (await node.directory.neighbours.list()).filter(({ via, otherRoads }) =>
    [via, ...otherRoads].some(road => road.includes(identity.id)),
  )
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

export async function statusOf(node: ServedNode, neighbour: Neighbour): Promise<NeighbourStatus> {
  return describe(node, neighbour, await queuesByNeighbour(node))
}

async function queuesByNeighbour(node: ServedNode): Promise<ReadonlyMap<NodeId, QueueSummary>> {
  return new Map((await node.spool.outbox.summary()).map(queue => [queue.nextHop, queue]))
}

async function describe(
  node: ServedNode,
  neighbour: Neighbour,
  queues: ReadonlyMap<NodeId, QueueSummary>,
): Promise<NeighbourStatus> {
  const { identity, name, custody, via, otherRoads, addresses, lastContactAt, card } = neighbour
  const ownName = card === null ? name : parseCardLink(node.suite, card).name
  const queue = queues.get(identity.id)
  const { pausedAt } = await node.directory.calling.get(identity.id)
  const custodies = await node.spool.custody.summary()
  const { letters = 0, handedOver = 0, bytes = 0 } = custodies.find(one => one.destination === identity.id) ?? {}
  return {
    name,
    id: identity.id,
    domain: nodeDomain(ownName, identity.id),
    custody,
    via,
    otherRoads,
    addresses,
    queued: { packets: queue?.packets ?? 0, bytes: queue?.bytes ?? 0 },
    unreceipted: { letters, handedOver, bytes },
    lettersOnTheirWay: await node.spool.receipts.onTheirWay(identity.id),
    lastContact: lastContactAt === null ? null : new Date(lastContactAt).toISOString(),
    paused: pausedAt === null ? null : new Date(pausedAt).toISOString(),
  }
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
