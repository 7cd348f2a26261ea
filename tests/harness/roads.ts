/**
 * Network namespaces, one a node, and roads between them that are as bad as they are told to be. Kernels come without
 * netem, so frames pass through `wire.py`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { endProcess } from '../support/processes.ts'
import type { Chance } from './chance.ts'
import { running, succeeds, wireProgram } from './machine.ts'

/** How a road is. Shares are of 1. Nothing: as good as a cable. */
export interface RoadState {
  readonly down?: true
  readonly delayMs?: number
  readonly jitterMs?: number
  readonly loss?: number
  readonly duplicate?: number
  readonly corrupt?: number
  /** Flipped bits that no checksum of TCP shows. */
  readonly forge?: number
  readonly reorder?: number
  readonly bytesPerSecond?: number
}

export interface FrameCounts {
  readonly frames: number
  readonly lost: number
  readonly duplicated: number
  readonly corrupted: number
  readonly forged: number
  readonly reordered: number
}

const noFrames: FrameCounts = { frames: 0, lost: 0, duplicated: 0, corrupted: 0, forged: 0, reordered: 0 }

/** Between two nodes, each named by a letter: `ab`. */
export type RoadName = string

export class Roads {
  readonly names: readonly RoadName[]
  readonly #prefix: string
  readonly #namespaces: string[] = []
  readonly #counts = new Map<RoadName, FrameCounts>()
  #wire: ChildProcess | undefined
  #answers: AsyncIterator<string> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(names: readonly RoadName[], prefix: string) {
    this.names = names
    this.#prefix = prefix
  }

  /** `prefix`: what the names of its namespaces begin with; nobody else's do. */
  static async make(
    nodes: readonly string[],
    names: readonly RoadName[],
    { prefix, seed }: { readonly prefix: string; readonly seed: number },
  ): Promise<Roads> {
    const roads = new Roads(names, prefix)
    try {
      for (const node of ['hub', ...nodes]) await roads.#addNamespace(node)
      for (const name of names) await roads.#lay(name)
      await roads.#startWire(seed)
      return roads
    } catch (error) {
      await roads.remove()
      throw error
    }
  }

  /** A command that runs another one at this node. It becomes that other one: its process id is that of it. */
  within(node: string): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#prefix}-${node}`]
  }

  /** The address of a node on a road that it is on. */
  address(node: string, road: RoadName): string {
    return `10.88.${this.names.indexOf(road)}.${1 + road.indexOf(node)}`
  }

  async set(road: RoadName, state: RoadState): Promise<void> {
    const done = this.#turn.then(async () => {
      this.#wire?.stdin?.write(`${JSON.stringify({ ...state, road })}\n`)
      const answer = await this.#answers?.next()
      if (answer?.done !== false) throw new Error('the wire between the nodes has ended')
      this.#counts.set(road, JSON.parse(answer.value) as FrameCounts)
    })
    this.#turn = done.catch(() => {})
    await done
  }

  async heal(): Promise<void> {
    for (const name of this.names) await this.set(name, {})
  }

  /** What was done to frames on all roads, up to the last change of each. */
  counts(): FrameCounts {
    const sum = { ...noFrames }
    for (const counts of this.#counts.values()) {
      for (const kind of Object.keys(sum) as (keyof FrameCounts)[]) sum[kind] += counts[kind]
    }
    return sum
  }

  async remove(): Promise<void> {
    await endProcess(this.#wire)
    for (const name of this.#namespaces) await succeeds('ip', ['netns', 'del', name])
  }

  async #addNamespace(node: string): Promise<void> {
    const name = `${this.#prefix}-${node}`
    await running('ip', ['netns', 'add', name])
    this.#namespaces.push(name)
    await running('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  }

  async #lay(road: RoadName): Promise<void> {
    const hub = `${this.#prefix}-hub`
    for (const node of road) {
      const name = `${this.#prefix}-${node}`
      const [port, end] = [`${road}-${node}`, `road-${road}`]
      await running('ip', ['-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', end, 'netns', name])
      await running('ip', ['-n', hub, 'link', 'set', port, 'up'])
      await running('ip', ['-n', name, 'addr', 'add', `${this.address(node, road)}/24`, 'dev', end])
      await running('ip', ['-n', name, 'link', 'set', end, 'up'])
      const [enter = '', ...args] = this.within(node)
      await running(enter, [...args, 'python3', wireProgram, '--offload', end])
    }
  }

  async #startWire(seed: number): Promise<void> {
    const [enter = '', ...args] = this.within('hub')
    const ends = this.names.map(road => `${road}:${road}-${road[0]}:${road}-${road[1]}`)
    this.#wire = spawn(enter, [...args, 'python3', wireProgram, String(seed), ...ends], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#wire.stdin?.on('error', () => {})
    const lines = this.#wire.stdout === null ? [] : createInterface({ input: this.#wire.stdout })
    const answers = (lines as AsyncIterable<string>)[Symbol.asyncIterator]()
    this.#answers = answers
    if ((await answers.next()).done !== false) throw new Error('the wire between the nodes does not start')
  }
}

/** What a bad day does to a road. */
export function badRoad(chance: Chance): RoadState {
  return {
    delayMs: chance.between(0, 80),
    jitterMs: chance.between(0, 40),
    loss: chance.pick([0, 0.01, 0.05, 0.12]),
    duplicate: chance.pick([0, 0.01, 0.1]),
    corrupt: chance.pick([0, 0.005, 0.03]),
    forge: chance.pick([0, 0, 0.0005, 0.005]),
    reorder: chance.pick([0, 0.02, 0.2]),
    ...(chance.happens(0.4) ? { bytesPerSecond: chance.pick([20_000, 100_000, 1_000_000]) } : {}),
  }
}
