/** What a seed makes of the world: nodes, roads, people, letters, and how much goes wrong. */
import type { Dice } from './dice.ts'
import type { NodePlan } from './node.ts'

export interface RoadPlan {
  readonly number: number
  readonly kind: 'folder' | 'stick' | 'line'
  /** Two; a stick may go round more places, all of them neighbours of the first. */
  readonly nodes: readonly number[]
  readonly oneWay: boolean
}

export interface PairPlan {
  readonly nodes: readonly [number, number]
  /** `copy`: they know each other as stock NNCP, which never acknowledges. */
  readonly custody: 'ack' | 'copy'
  /** Nothing ever comes back from the second to the first. */
  readonly oneWay: boolean
}

/** How much goes wrong in the first days; rates from 0 to 1. */
export interface FaultPlan {
  readonly crashesPerDay: number
  readonly powerCutShare: number
  readonly diskFullPerDay: number
  readonly diskErrorRate: number
  readonly slownessMs: number
  readonly clockJumpsPerDay: number
  /** One node's disk is destroyed for good, and an old copy takes its place. */
  readonly losesHome: boolean
  readonly clocksWrong: boolean
  readonly lose: number
  readonly copy: number
  readonly flip: number
  readonly cutRate: number
  readonly wireFlipRate: number
  readonly lineGapMs: number
  readonly lostAnswerRate: number
  readonly delayMs: number
}

export interface Scenario {
  readonly topology: string
  readonly nodes: readonly NodePlan[]
  readonly pairs: readonly PairPlan[]
  readonly roads: readonly RoadPlan[]
  /** Nodes whose cards are of an earlier version, or were never given: nobody asks receipts of them. */
  readonly withoutCards: readonly number[]
  readonly faults: FaultPlan
  readonly faultDays: number
  readonly letters: number
  /** `all@` leads to a user there and to one elsewhere. */
  readonly alias: { readonly node: number; readonly toUser: string; readonly toNode: number } | undefined
  /** This user's letters go on to another. */
  readonly forward:
    | { readonly node: number; readonly user: string; readonly toNode: number; readonly keeps: boolean }
    | undefined
}

const hourMs = 3_600_000
const people = ['ana', 'bo', 'cy']

/** Every fourth seed makes a large world, for which the tests of each change have no time. */
export function isLarge(seed: number): boolean {
  return seed % 4 === 0
}

export function scenarioOf(dice: Dice, large: boolean): Scenario {
  const count = dice.pick(large ? [4, 5, 6, 8] : [3, 3, 3, 4, 5])
  const topology = dice.pick(['line', 'star', 'ring', 'tree'])
  const returnAfterDays = dice.pick([3, 5, 8, 30])
  const warnAfterDays = dice.pick([0, 2, 5])
  const nodes = Array.from({ length: count }, (_, number): NodePlan => {
    const users = people.slice(0, dice.between(1, people.length))
    const stores = dice.chance(0.6) ? 'sqlite' : 'memory'
    return { number, users, stores, waiting: { warnAfterDays, returnAfterDays } }
  })
  const oneWayWorld = dice.chance(0.15)
  const edges = edgesOf(topology, count, dice)
  const pairs = edges.map((nodes, place): PairPlan => {
    const custody = dice.chance(0.12) ? 'copy' : 'ack'
    return { nodes, custody, oneWay: oneWayWorld && place === edges.length - 1 }
  })
  const [first, second] = [dice.between(0, count - 1), dice.between(0, count - 1)]
  return {
    ...{ topology, nodes, pairs, roads: roadsOf(pairs, dice) },
    withoutCards: nodes.filter(() => dice.chance(0.15)).map(({ number }) => number),
    faults: faultsOf(dice),
    faultDays: large ? dice.between(2, 6) : dice.between(1, 2),
    letters: dice.pick(large ? [20, 30, 60] : [10, 10, 11, 14]),
    alias: dice.chance(0.3) ? { node: first, toUser: nodes[first]?.users[0] ?? '', toNode: second } : undefined,
    forward: dice.chance(0.2)
      ? { node: second, user: nodes[second]?.users[0] ?? '', toNode: first, keeps: dice.chance(0.5) }
      : undefined,
  }
}

function edgesOf(topology: string, count: number, dice: Dice): [number, number][] {
  const others = Array.from({ length: count - 1 }, (_, index) => index + 1)
  if (topology === 'star') return others.map(number => [0, number])
  if (topology === 'tree') return others.map(number => [dice.between(0, number - 1), number])
  const line = others.map((number): [number, number] => [number - 1, number])
  return topology === 'ring' && count > 2 ? [...line, [count - 1, 0]] : line
}

function roadsOf(pairs: readonly PairPlan[], dice: Dice): RoadPlan[] {
  const roads: RoadPlan[] = []
  for (const { nodes, oneWay } of pairs) {
    const kinds = oneWay ? (['stick'] as const) : kindsOf(dice)
    for (const kind of kinds) roads.push({ number: roads.length, kind, nodes, oneWay })
  }
  return roads
}

function kindsOf(dice: Dice): readonly RoadPlan['kind'][] {
  const first = dice.pick(['folder', 'stick', 'stick', 'line'] as const)
  return dice.chance(0.3) ? [...new Set([first, dice.pick(['folder', 'stick', 'line'] as const)])] : [first]
}

function faultsOf(dice: Dice): FaultPlan {
  // One world in six has none: what goes wrong there would go wrong anywhere.
  const calm = dice.chance(1 / 6)
  const some = (probability: number, value: () => number) => (!calm && dice.chance(probability) ? value() : 0)
  return {
    crashesPerDay: some(0.6, () => dice.between(1, 8)),
    powerCutShare: dice.fraction(),
    diskFullPerDay: some(0.3, () => dice.between(1, 3)),
    diskErrorRate: some(0.2, () => dice.pick([0.001, 0.01, 0.05])),
    slownessMs: some(0.4, () => dice.pick([5, 200, 5000])),
    clockJumpsPerDay: some(0.3, () => dice.between(1, 3)),
    losesHome: !calm && dice.chance(0.25),
    clocksWrong: !calm && dice.chance(0.3),
    lose: some(0.5, () => dice.pick([0.05, 0.2, 0.5])),
    copy: some(0.3, () => dice.pick([0.1, 0.5])),
    flip: some(0.3, () => dice.pick([0.02, 0.2])),
    cutRate: some(0.4, () => dice.pick([0.002, 0.02, 0.1])),
    wireFlipRate: some(0.2, () => dice.pick([0.002, 0.02])),
    lineGapMs: dice.pick([hourMs, 5 * hourMs, 20 * hourMs]),
    lostAnswerRate: some(0.7, () => dice.pick([0.1, 0.3])),
    delayMs: dice.pick([hourMs, 6 * hourMs, 24 * hourMs]),
  }
}

/** The nodes on the shortest way from one to another, both included; undefined when there is none. */
export function wayBetween(pairs: readonly PairPlan[], from: number, to: number): number[] | undefined {
  const before = new Map<number, number>([[from, from]])
  const queue = [from]
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const { nodes } of pairs) {
      const next = nodes[0] === node ? nodes[1] : nodes[1] === node ? nodes[0] : undefined
      if (next === undefined || before.has(next)) continue
      before.set(next, node)
      queue.push(next)
    }
  }
  if (!before.has(to)) return undefined
  const way = [to]
  for (let node = to; node !== from; ) {
    node = before.get(node) ?? from
    way.unshift(node)
  }
  return way
}

/** The pairs of neighbours on the way from one to another. */
export function hopsOf(pairs: readonly PairPlan[], from: number, to: number): readonly PairPlan[] {
  const way = wayBetween(pairs, from, to) ?? []
  return way.slice(1).flatMap((node, place) => {
    const before = way[place]
    return pairs.find(({ nodes }) => nodes.includes(node) && before !== undefined && nodes.includes(before)) ?? []
  })
}
