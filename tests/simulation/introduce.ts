/** Who knows whom, and how: what is set up at a node before it starts for the first time. */
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { cardLink } from '../../packages/node/src/stores/directory/card.ts'
import type { Directory } from '../../packages/node/src/stores/directory/index.ts'
import { SimulatedNetwork } from './network.ts'
import type { SimulatedNode } from './node.ts'
import { type RoadPlan, type Scenario, wayBetween } from './scenario.ts'

interface Society {
  readonly scenario: Scenario
  readonly nodes: readonly SimulatedNode[]
}

const startMs = 0

/** Everybody knows everybody to whom a way leads. */
export async function introduce(society: Society, node: SimulatedNode, directory: Directory): Promise<void> {
  const { roads, alias, forward } = society.scenario
  const { number, users } = node.plan
  for (const user of users) await directory.users.add(user, 'password', startMs)
  for (const other of society.nodes) await meet(society, node, other, directory)
  for (const road of roads) {
    if (road.kind === 'line' || !road.nodes.includes(number)) continue
    await directory.folders.add({ name: `road-${road.number}`, path: slotPath(road, number), at: startMs })
  }
  const firstOf = (place: number) => {
    const there = society.nodes[place]
    return there?.address(there.plan.users[0] ?? '') ?? ''
  }
  if (alias?.node === number) {
    await directory.aliases.put({ address: 'all', targets: [alias.toUser, firstOf(alias.toNode)] })
  }
  if (forward?.node === number) {
    const { keeps, toNode } = forward
    await directory.users.change(forward.user, { forward: { to: [firstOf(toNode)], keeps } })
  }
}

async function meet(
  { scenario, nodes }: Society,
  node: SimulatedNode,
  other: SimulatedNode,
  directory: Directory,
): Promise<void> {
  const { pairs, roads, withoutCards } = scenario
  const { number } = node.plan
  const way = other === node ? undefined : wayBetween(pairs, number, other.plan.number)
  if (way === undefined) return
  const pair = way.length === 2 ? pairs.find(({ nodes: two }) => two.every(one => way.includes(one))) : undefined
  const { id, exchangeKey, signingKey, noiseKey } = other.identity
  const hasLine = roads.some(({ kind, nodes: ends }) => kind === 'line' && ends.every(one => way.includes(one)))
  const isStock = pair?.custody === 'copy'
  const hasCard = !isStock && !withoutCards.includes(other.plan.number)
  await directory.neighbours.put({
    identity: { id, exchangeKey, signingKey, noiseKey },
    ...{ name: other.name, domains: [], card: hasCard ? cardOf(other) : null, addedAt: startMs, lastContactAt: null },
    addresses: way.length === 2 && hasLine ? [SimulatedNetwork.address(other.plan.number)] : [],
    otherRoads: [],
    via: way.slice(1, -1).flatMap(one => nodes[one]?.identity.id ?? []),
    custody: pair?.custody ?? 'ack',
    posthorn: !isStock,
  })
}

/** As `posthorn neighbours card` gives it. */
function cardOf({ identity, name }: SimulatedNode): string {
  const traits = { acknowledges: true, pushes: true, receipts: true, asksPassing: false }
  return cardLink(nativeSuite(), identity, { name, domains: [], addresses: [], ...traits, issuedAt: startMs })
}

export function slotPath(road: RoadPlan, node: number): string {
  return `/slots/road-${road.number}/node-${node}`
}
