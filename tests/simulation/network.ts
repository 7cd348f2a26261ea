/**
 * Live lines between nodes: bytes arrive in their order, later; a line may be cut after any byte, and a bit may flip
 * underway (what a checksum of the wire would not find, a session must).
 */
import { OperatingError } from '../../packages/node/src/base/errors.ts'
import { HandOver } from '../../packages/node/src/links/streams/queue.ts'
import type { Connection, Listener, StreamDialer } from '../../packages/node/src/links/transport.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { VirtualTime } from './time.ts'

export interface WireFaults {
  /** How long a byte takes, at most. */
  latencyMs: number
  /** How often a piece that is written gets a flipped bit. */
  flipRate: number
  /** How often a piece that is written is cut somewhere inside, and the line with it. */
  cutRate: number
}

interface Caller {
  readonly node: number
  readonly life: Life
}

export interface NetworkOptions {
  readonly time: VirtualTime
  readonly dice: Dice
  /** Undefined: there is no line now. */
  readonly wireBetween: (one: number, other: number) => WireFaults | undefined
  /** All that is on a wire can be looked at. */
  readonly overheard: (bytes: Uint8Array) => void
  readonly injected: (kind: string) => void
}

/** Every machine has this one, as far as it is told. */
export const simulatedAddress = 'simulated'

export class SimulatedNetwork {
  readonly #options: NetworkOptions
  readonly #listeners = new Map<string, { readonly at: Caller; readonly waiting: HandOver<Connection> }>()
  readonly #lines = new Set<Line>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  static address(node: number): string {
    return `tcp://node-${node}:5400`
  }

  dialer(from: Caller): StreamDialer {
    const traits = { latencyMs: 0, bytesPerSecond: 1_000_000, oneWay: false }
    return { kind: 'stream', scheme: 'tcp', traits, dial: to => from.life.whileAlive(() => this.#dial(from, to)) }
  }

  listen(at: Caller): Listener {
    const waiting = new HandOver<Connection>()
    const url = new URL(SimulatedNetwork.address(at.node))
    this.#listeners.set(url.href, { at, waiting })
    return {
      at: url,
      [Symbol.asyncIterator]: () => waiting[Symbol.asyncIterator](),
      close: async () => {
        if (this.#listeners.get(url.href)?.waiting === waiting) this.#listeners.delete(url.href)
        await Promise.all(waiting.end().map(connection => connection.close()))
      },
    }
  }

  /** Lines between these two, or of one with anybody. */
  cut(one: number, other?: number): void {
    for (const line of [...this.#lines]) {
      if (line.joins(one) && (other === undefined || line.joins(other))) line.cut()
    }
  }

  async #dial(from: Caller, to: URL): Promise<Connection> {
    const { time, dice, wireBetween } = this.#options
    await new Promise<void>(resolve => {
      time.after(dice.between(1, 50), resolve)
    })
    const listener = this.#listeners.get(to.href)
    const wire = listener && wireBetween(from.node, listener.at.node)
    if (listener === undefined || wire === undefined || !listener.at.life.alive || !from.life.alive) {
      throw new OperatingError(`${to.href} could not be reached.`, { code: 'no-connection', retry: 'later' })
    }
    const line = new Line(this.#options, { ends: [from, listener.at], wire, closed: () => this.#lines.delete(line) })
    this.#lines.add(line)
    const [near, far] = [line.end(0, to.href), line.end(1, 'tcp://caller')]
    if (!listener.waiting.put(far)) line.cut()
    return near
  }
}

class Line {
  readonly #options: NetworkOptions
  readonly #ends: readonly [Caller, Caller]
  readonly #wire: WireFaults
  readonly #closed: () => void
  readonly #ways: readonly [Way, Way]
  isCut = false

  constructor(
    options: NetworkOptions,
    line: { ends: readonly [Caller, Caller]; wire: WireFaults; closed: () => void },
  ) {
    this.#options = options
    this.#ends = line.ends
    this.#wire = line.wire
    this.#closed = line.closed
    this.#ways = [new Way(), new Way()]
  }

  joins(node: number): boolean {
    return this.#ends.some(end => end.node === node)
  }

  cut(): void {
    this.isCut = true
    this.#closed()
    for (const way of this.#ways) way.wake()
  }

  end(side: 0 | 1, remote: string): Connection {
    const { life } = this.#ends[side]
    const [out, into] = side === 0 ? [this.#ways[0], this.#ways[1]] : [this.#ways[1], this.#ways[0]]
    return {
      ...{ remote, origin: `simulated ${this.#ends[1 - side]?.node}`, local: simulatedAddress },
      read: () => this.#read(into, life),
      write: bytes => life.whileAlive(() => this.#write(out, bytes)),
      close: () =>
        life.whileAlive(() => {
          this.#closed()
          into.deaf = true
          into.wake()
          this.#later(out, () => {
            out.closed = true
          })
        }),
    }
  }

  async *#read(way: Way, life: Life): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (way.deaf) return
      const chunk = way.arrived.shift()
      if (chunk !== undefined) yield chunk
      else if (this.isCut) throw broken()
      else if (way.closed) return
      else await life.whileAlive(() => way.changed())
    }
  }

  async #write(way: Way, bytes: Uint8Array): Promise<void> {
    const { dice, overheard, injected } = this.#options
    if (this.isCut || way.closed || way.deaf) throw broken()
    overheard(bytes)
    const copy = bytes.slice()
    if (dice.chance(this.#wire.flipRate) && copy.length > 0) {
      injected('wire-bit-flip')
      const place = dice.between(0, copy.length - 1)
      copy[place] = (copy[place] ?? 0) ^ (1 << dice.between(0, 7))
    }
    const isCut = dice.chance(this.#wire.cutRate)
    const passing = isCut ? copy.subarray(0, dice.between(0, copy.length)) : copy
    this.#later(way, () => {
      way.arrived.push(passing)
      if (isCut) this.cut()
    })
    if (isCut) injected('line-cut-inside')
  }

  /** In their order, each after its time on the wire. */
  #later(way: Way, deed: () => void): void {
    const { time, dice } = this.#options
    way.busyUntil = Math.max(way.busyUntil, time.now() + dice.between(1, Math.max(1, this.#wire.latencyMs)))
    time.after(way.busyUntil - time.now(), () => {
      if (!this.isCut) deed()
      way.wake()
    })
  }
}

class Way {
  readonly arrived: Uint8Array[] = []
  busyUntil = 0
  /** Its writer has closed; what was written before has arrived. */
  closed = false
  /** Its reader has closed. */
  deaf = false
  #wakers: (() => void)[] = []

  changed(): Promise<void> {
    return new Promise(resolve => {
      this.#wakers.push(resolve)
    })
  }

  wake(): void {
    const wakers = this.#wakers
    this.#wakers = []
    for (const wake of wakers) wake()
  }
}

function broken(): OperatingError {
  return new OperatingError('The line was cut.', { code: 'line-broken', retry: 'later' })
}
