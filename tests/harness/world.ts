/**
 * Five nodes: `a — b — c — d` by roads, `d` and `e` by a stick alone, and a second stick between `c` and `d`. What is
 * for nodes further off goes through those between.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Access } from '../support/node.ts'
import { Apps } from './apps.ts'
import { Chance } from './chance.ts'
import { Daemon } from './daemon.ts'
import { markOwn, namespacePrefix, removeLeftovers, rootPrefix } from './leftovers.ts'
import type { Person } from './letters.ts'
import { Roads } from './roads.ts'
import { Stick } from './sticks.ts'

const line = ['a', 'b', 'c', 'd', 'e']
const roadNames = ['ab', 'bc', 'cd']
const names = ['anna', 'ben']

export interface Resident extends Person {
  readonly access: Access
}

export class World {
  readonly seed: number
  readonly root: string
  readonly daemons: Daemon[] = []
  readonly residents: Resident[] = []
  readonly sticks: Stick[] = []
  readonly #apps = new Map<string, Apps>()
  #roads: Roads | undefined
  readonly #endings: (() => Promise<unknown>)[] = []
  #building: Promise<void> | undefined
  #removal: Promise<void> | undefined

  private constructor(seed: number, root: string) {
    this.seed = seed
    this.root = root
  }

  /** All is running, and nothing is wrong yet. `made` gets the world at once, so that an interrupt can remove it. */
  static async make(seed: number, made: (world: World) => void = () => {}): Promise<World> {
    for (const left of await removeLeftovers(tmpdir())) console.warn(`removed what a killed run has left: ${left}`)
    const world = new World(seed, await mkdtemp(join(tmpdir(), rootPrefix)))
    await markOwn(world.root)
    made(world)
    world.#building = world.#build()
    try {
      await world.#building
      return world
    } catch (error) {
      await world.remove()
      throw error
    }
  }

  get roads(): Roads {
    if (this.#roads === undefined) throw new Error('no roads yet')
    return this.#roads
  }

  /** Whether what one node sends the other may go by a stick. */
  byStick(...names: readonly string[]): boolean {
    const first = Math.min(...this.sticks.flatMap(stick => stick.route.map(({ name }) => line.indexOf(name))))
    return names.some(name => line.indexOf(name) > first)
  }

  daemon(name: string): Daemon {
    const found = this.daemons.find(daemon => daemon.name === name)
    if (found === undefined) throw new Error(`no node ${name}`)
    return found
  }

  resident(person: Person): Resident {
    const found = this.residents.find(({ node, name }) => node === person.node && name === person.name)
    if (found === undefined) throw new Error(`nobody is ${person.name} at ${person.node}`)
    return found
  }

  apps(node: string): Apps {
    const apps = this.#apps.get(node) ?? new Apps(this.roads.within(node))
    this.#apps.set(node, apps)
    return apps
  }

  /** For whoever works with this world: comes before it is removed, and is waited for. */
  beforeRemoval(ending: () => Promise<unknown>): void {
    this.#endings.push(ending)
  }

  /** Processes, mounts, loop devices, namespaces and files. Once, whoever asks. */
  remove(): Promise<void> {
    this.#removal ??= this.#remove()
    return this.#removal
  }

  async #build(): Promise<void> {
    this.#roads = await Roads.make(line, roadNames, { prefix: namespacePrefix(this.root), seed: this.seed })
    const { roads } = this
    const made = await Promise.allSettled(line.map(name => Daemon.make(this.root, name, roads.within(name))))
    for (const item of made) if (item.status === 'fulfilled') this.daemons.push(item.value)
    for (const item of made) if (item.status === 'rejected') throw item.reason
    if (this.#removal !== undefined) throw new Error('interrupted')
    await Promise.all(this.daemons.map(daemon => daemon.start()))
    await Promise.all(this.daemons.map(daemon => this.#introduceAll(daemon)))
    for (const daemon of this.daemons) {
      this.apps(daemon.name)
      for (const name of names) {
        this.residents.push({ node: daemon.name, name, access: await daemon.ask('user.add', { name }) })
      }
    }
    for (const [name, ...route] of [
      ['blue', 'd', 'e'],
      ['red', 'c', 'd'],
    ] as const) {
      const stops = route.map(stop => this.daemon(stop))
      this.sticks.push(await Stick.make(name, this.root, stops, new Chance(this.seed, `stick ${name}`)))
    }
  }

  /** Every other node by its card, with the way to it. */
  async #introduceAll(daemon: Daemon): Promise<void> {
    const here = line.indexOf(daemon.name)
    // The nearest first: relays have to be known before those behind them.
    const others = this.daemons.filter(other => other !== daemon).sort((x, y) => distance(x) - distance(y))
    function distance(other: Daemon): number {
      return Math.abs(line.indexOf(other.name) - here)
    }
    for (const other of others) {
      const there = line.indexOf(other.name)
      const between = line.slice(Math.min(here, there) + 1, Math.max(here, there))
      const via = there > here ? between : between.reverse()
      const road = roadNames.find(name => name.includes(daemon.name) && name.includes(other.name))
      const { link } = await other.ask('card.show', {})
      const { listeners } = await other.ask('status', {})
      const port = listeners['nncp'] !== undefined && 'port' in listeners['nncp'] ? listeners['nncp'].port : 0
      const addr = road === undefined ? [] : [`tcp://${this.roads.address(other.name, road)}:${port}`]
      await daemon.ask('neighbour.add', { card: link, via, addr })
    }
  }

  async #remove(): Promise<void> {
    // What is being made would be left: it is waited for, and daemons that do not start are not.
    await Promise.allSettled(this.daemons.map(daemon => daemon.abandon()))
    await Promise.allSettled([this.#building])
    const done = await Promise.allSettled(this.daemons.map(daemon => daemon.abandon()))
    done.push(...(await Promise.allSettled([...this.#apps.values()].map(apps => apps.end()))))
    // They fail for want of daemons and apps, which is no news.
    await Promise.allSettled(this.#endings.map(ending => ending()))
    for (const stick of this.sticks) done.push(...(await Promise.allSettled([stick.remove()])))
    for (const daemon of this.daemons) done.push(...(await Promise.allSettled([daemon.remove()])))
    done.push(...(await Promise.allSettled([this.#roads?.remove()])))
    await rm(this.root, { recursive: true, force: true })
    for (const { reason } of done.filter(item => item.status === 'rejected')) console.warn(`not removed: ${reason}`)
  }
}
