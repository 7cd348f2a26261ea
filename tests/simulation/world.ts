/** One run: a world from a seed, days of faults, days of healing, and then what must be true of it. */
import { zstdCompress } from '../../packages/node/src/base/zstd.ts'
import type { MailboxStore } from '../../packages/node/src/stores/mailbox/index.ts'
import type { Spool } from '../../packages/node/src/stores/spool/index.ts'
import { Dice } from './dice.ts'
import { introduce, slotPath } from './introduce.ts'
import { App, letterOf, type Recipient, type SimulatedLetter, secretMark } from './letters.ts'
import { SimulatedNetwork } from './network.ts'
import { type HomeCopy, type NodeWorld, SimulatedNode } from './node.ts'
import { Slots } from './places.ts'
import { carriedStick, mirroredFolder, type RoadFaults } from './roads.ts'
import { hopsOf, isLarge, type PairPlan, type RoadPlan, type Scenario, scenarioOf, wayBetween } from './scenario.ts'
import { Immediates, VirtualTime } from './time.ts'
import { Trace } from './trace.ts'
import { scheduleTroubles } from './troubles.ts'
import { Witness } from './witness.ts'

/** Faults planted into the product, to see whether the simulation finds them. */
export interface Plants {
  readonly spool?: (spool: Spool, node: number) => Spool
  readonly mailbox?: (mailbox: MailboxStore, node: number) => MailboxStore
}

export interface RunOptions {
  readonly print?: (line: string) => void
  readonly plants?: Plants
  /** Changes what the seed made of the world. */
  readonly adjust?: (scenario: Scenario) => Scenario
}

const startMs = Date.UTC(2031, 4, 1, 7)
const dayMs = 86_400_000
const hourMs = 3_600_000
const minuteMs = 60_000

export class World {
  readonly seed: number
  readonly scenario: Scenario
  readonly time: VirtualTime
  readonly trace: Trace
  readonly dice: Dice
  readonly slots: Slots
  readonly network: SimulatedNetwork
  readonly nodes: readonly SimulatedNode[]
  readonly letters: readonly SimulatedLetter[]
  /** How often each kind of fault came. */
  readonly faults = new Map<string, number>()
  /** Secrets that stood where anybody could read them. */
  readonly overheard: string[] = []
  readonly witness: Witness
  /** Letters of which copies were lost with a home that nobody else kept: `number address`. */
  readonly lostWithHomes = new Set<string>()
  readonly #roadFaults: RoadFaults
  readonly #linesUp = new Set<number>()
  #healing = false

  constructor(seed: number, immediates: Immediates, { print, plants = {}, adjust = same => same }: RunOptions) {
    this.seed = seed
    this.dice = new Dice(`seed ${seed}`)
    this.scenario = adjust(scenarioOf(this.dice.fork('scenario'), isLarge(seed)))
    this.time = new VirtualTime(startMs, immediates)
    this.trace = new Trace(this.time, print)
    const overheard = (bytes: Uint8Array) => this.#listen(bytes)
    const injected = (kind: string) => this.injected(kind)
    this.slots = new Slots(overheard)
    this.network = new SimulatedNetwork({
      ...{ time: this.time, dice: this.dice.fork('network'), overheard, injected },
      wireBetween: (one, other) => this.#wireBetween(one, other),
    })
    const { spool = (same: Spool) => same, mailbox = (same: MailboxStore) => same } = plants
    const { time, trace, slots, network } = this
    const dice = this.dice.fork('nodes')
    const crashed = (node: SimulatedNode) => this.#goDown(node, 'killed')
    this.witness = new Witness(() => this.letters)
    const change: NodeWorld['change'] = {
      spool: (real, node) => this.witness.spool(spool(real, node)),
      mailbox: (real, node) => this.witness.mailbox(mailbox(real, node), node),
    }
    const parts = { time, dice, slots, network, trace, injected, crashed, change }
    this.nodes = this.scenario.nodes.map(plan => new SimulatedNode(plan, parts))
    const { lose, copy, flip, delayMs } = this.scenario.faults
    this.#roadFaults = { lose, copy, flip, delayMs }
    const letters = this.dice.fork('letters')
    const numbers = Array.from({ length: this.scenario.letters }, (_, number) => number)
    this.letters = numbers.map(number => letterOf(letters, number, this.nodes, this.scenario))
  }

  get healing(): boolean {
    return this.#healing
  }

  get elapsedMs(): number {
    return this.time.now() - startMs
  }

  injected(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1)
  }

  async run(): Promise<void> {
    const { scenario, trace, time } = this
    const { topology, nodes, roads, letters } = scenario
    trace.note('world', 'begins', { seed: this.seed, topology, nodes: nodes.length, roads: roads.length, letters })
    for (const node of this.nodes) await node.prepare(directory => introduce(this, node, directory))
    for (const node of this.nodes) {
      await node.start()
      await time.settle()
    }
    for (const road of roads) this.#lay(road)
    this.#handIn()
    scheduleTroubles(this)
    await time.passTo(startMs + scenario.faultDays * dayMs)
    this.#heal()
    await this.#untilQuiet()
    await this.#restartAll()
  }

  close(): void {
    for (const node of this.nodes) node.close()
  }

  /** The line between two nodes comes or goes. */
  switchLine(road: RoadPlan, isUp: boolean): void {
    const [one = 0, other = 0] = road.nodes
    if (isUp) this.#linesUp.add(road.number)
    else this.#linesUp.delete(road.number)
    this.trace.note('world', isUp ? 'a line comes up' : 'a line goes down', { between: road.nodes })
    if (!isUp) this.network.cut(one, other)
    // In the end nothing depends on the luck of the hour at which a node tries again.
    if (isUp && this.#healing) for (const number of road.nodes) this.nodes[number]?.networkChanged()
  }

  /** What its sender still has in custody is none of the things that may be lost with it. */
  async loseHome(node: SimulatedNode, { copy, madeAtMs }: { copy: HomeCopy; madeAtMs: number }): Promise<void> {
    this.injected('home-lost')
    this.trace.note(node.name, 'loses its home', { copyOf: madeAtMs - startMs })
    node.loseHome(copy)
    for (const letter of this.letters) {
      const sender = this.nodes[letter.node]
      if (sender === undefined || !letter.accepted) continue
      for (const recipient of letter.recipients) {
        if (!passes(this.scenario.pairs, letter, recipient, node.plan.number)) continue
        const to = this.nodes[recipient.node]?.identity.id
        // Its receipt may be on its way.
        const wasThere = recipient.node === node.plan.number && this.witness.saw(letter, recipient)
        const isForgotten = sender === node && letter.acceptedAtMs >= madeAtMs
        const isKept = !isForgotten && !wasThere && to !== undefined && (await sender.keeps(letter.messageId, to))
        if (!isKept || recipient.kind !== 'user') this.lostWithHomes.add(`${letter.number} ${recipient.address}`)
      }
    }
    this.#bringUp(node)
  }

  /** A node goes down, and comes up again after a while. */
  bringDown(node: SimulatedNode, how: 'power' | 'stopped'): void {
    if (node.up) this.#goDown(node, how)
  }

  #goDown(node: SimulatedNode, how: 'killed' | 'power' | 'stopped'): void {
    this.injected(how === 'power' ? 'power-cut' : how === 'killed' ? 'crash' : 'restart')
    this.trace.note(node.name, 'goes down', { how })
    if (how === 'stopped') void node.stop().then(() => this.#bringUp(node))
    else {
      node.crash(how)
      this.#bringUp(node)
    }
  }

  #bringUp(node: SimulatedNode): void {
    this.time.after(this.dice.between(1000, 4 * hourMs), () => {
      this.trace.note(node.name, 'starts', {})
      node.start().catch((error: unknown) => {
        this.trace.note(node.name, 'could not start', { reason: String(error) })
        this.#bringUp(node)
      })
    })
  }

  #handIn(): void {
    const { time, trace, nodes } = this
    const lostAnswerRate = () => (this.#healing ? 0 : this.scenario.faults.lostAnswerRate)
    const injected = (kind: string) => this.injected(kind)
    const app = new App({ time, trace, nodes, injected, lostAnswerRate, dice: this.dice.fork('apps') })
    for (const letter of this.letters) time.after(letter.handedInAtMs, () => app.handIn(letter))
  }

  #lay(road: RoadPlan): void {
    if (road.kind === 'line') return
    const dice = this.dice.fork(`road ${road.number}`)
    const places = road.nodes.map(number => this.slots.at(slotPath(road, number)))
    const trace = (what: string, fields: Record<string, unknown>) =>
      this.trace.note('world', what, { road: road.number, ...fields })
    const injected = (kind: string) => this.injected(kind)
    const options = { time: this.time, dice, faults: this.#roadFaults, trace, injected }
    const [here, there] = places
    if (here === undefined || there === undefined) return
    if (road.kind === 'folder') mirroredFolder([here, there], options).begin()
    else carriedStick(places, { ...options, oneWay: road.oneWay }).begin()
  }

  #wireBetween(one: number, other: number) {
    const road = this.scenario.roads.find(
      ({ number, kind, nodes }) =>
        kind === 'line' && this.#linesUp.has(number) && nodes.includes(one) && nodes.includes(other),
    )
    if (road === undefined) return undefined
    const { cutRate, wireFlipRate: flipRate } = this.scenario.faults
    return this.#healing ? { latencyMs: 50, cutRate: 0, flipRate: 0 } : { latencyMs: 2000, cutRate, flipRate }
  }

  #heal(): void {
    this.trace.note('world', 'heals', {})
    this.#healing = true
    Object.assign(this.#roadFaults, { lose: 0, copy: 0, flip: 0, delayMs: 2 * hourMs })
    for (const { trouble } of this.nodes) {
      Object.assign(trouble, { diskFull: false, diskErrorRate: 0, slownessMs: 0, crashAfterSteps: null })
    }
  }

  /** Bounded: what is not done by then will never be. */
  async #untilQuiet(): Promise<void> {
    const { returnAfterDays } = this.scenario.nodes[0]?.waiting ?? { returnAfterDays: 0 }
    for (let round = 0; round < (returnAfterDays + 12) * 4; round += 1) {
      await this.time.passTo(this.time.now() + dayMs / 4)
      if (round >= 3 && (await this.#isQuiet())) return
    }
    this.trace.note('world', 'does not come to rest', {})
  }

  async #isQuiet(): Promise<boolean> {
    if (this.letters.some(({ accepted, refused }) => !accepted && !refused)) return false
    for (const node of this.nodes) {
      if (!node.up) return false
      const { spool } = node.stores
      if ((await spool.inbox.summary()).packets > 0) return false
      if ((await this.waitingAt(node)).length > 0) return false
      for (const { destination, letters } of await spool.custody.summary()) {
        if (letters > 0 && !this.isOneWay(node, destination)) return false
      }
    }
    return true
  }

  /** For whom packets wait that should not wait for ever. */
  async waitingAt(node: SimulatedNode): Promise<{ nextHop: string; packets: number }[]> {
    const { outbox } = node.stores.spool
    const waiting = (await outbox.summary()).filter(
      ({ nextHop, packets }) => packets > 0 && !this.isOneWay(node, nextHop),
    )
    // What nobody can confirm is sent again and again, also by way of others: of that something is always underway.
    const hasOneWay = this.scenario.pairs.some(({ oneWay }) => oneWay)
    const carried = hasOneWay ? (await outbox.relayedSummary()).packets : 0
    return waiting.reduce((sum, { packets }) => sum + packets, 0) > carried ? waiting : []
  }

  /** Whether what a node takes can never be confirmed: it waits until it is given up, or for ever. */
  isOneWay({ plan: { number } }: SimulatedNode, to: string): boolean {
    const next = this.nodes.find(({ identity }) => identity.id === to)?.plan.number ?? number
    const { pairs } = this.scenario
    return [...hopsOf(pairs, number, next), ...hopsOf(pairs, next, number)].some(({ oneWay }) => oneWay)
  }

  /** What a crash or a full disk has left over is cleared away at a start. */
  async #restartAll(): Promise<void> {
    for (const node of this.nodes) {
      if (!node.up) continue
      const stopped = node.stop()
      await this.time.passTo(this.time.now() + 5 * minuteMs)
      await stopped
      await node.start()
    }
    await this.time.passTo(this.time.now() + hourMs)
    // What nobody waits for may have been on its way: control packets, told with their first copy.
    for (let round = 0; round < 12 && !(await this.#isQuiet()); round += 1) {
      await this.time.passTo(this.time.now() + dayMs / 4)
    }
  }

  #listen(bytes: Uint8Array): void {
    const place = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(secretMark)
    if (place >= 0) this.overheard.push(Buffer.from(bytes.slice(place, place + 60)).toString('latin1'))
  }
}

/** Whether a letter, or what is answered to it, may come by this node. */
function passes(pairs: readonly PairPlan[], letter: SimulatedLetter, recipient: Recipient, node: number): boolean {
  const way = (from: number, to: number) => wayBetween(pairs, from, to) ?? [from, to]
  const ends = [recipient.node, ...recipient.mailboxes.map(mailbox => mailbox.node)]
  const ways = ends.flatMap(end => [letter.node, recipient.node].flatMap(one => [...way(one, end), ...way(end, one)]))
  return ways.includes(node)
}

/** What is loaded when it is first used takes real time, which nothing may wait for in a simulation. */
async function loadLibraries(): Promise<void> {
  const nothing = (async function* (): AsyncGenerator<Uint8Array> {})()
  for await (const _ of zstdCompress(nothing));
}

/** A world of its own, with `setImmediate` counted for as long as it lasts. */
export async function inWorld<T>(
  seed: number,
  options: RunOptions,
  look: (world: World) => Promise<T> | T,
): Promise<T> {
  await loadLibraries()
  const immediates = new Immediates()
  try {
    const world = new World(seed, immediates, options)
    try {
      await world.run()
      return await look(world)
    } finally {
      world.close()
    }
  } finally {
    immediates.remove()
  }
}
