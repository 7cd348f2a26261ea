/** The in-memory twin of the TCP transport: a network that can be cut after any byte, as tests and simulations need. */
import { setMaxListeners } from 'node:events'
import { abortError } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import { HandOver } from '../streams/queue.ts'
import type { CallOptions, Connection, Listener, StreamTransport } from '../transport.ts'

/** Bytes on their way before a writer has to wait. */
const windowBytes = 256 * 1024

export class MemoryNetwork {
  readonly transport: StreamTransport
  readonly #listeners = new Map<string, HandOver<Connection>>()
  readonly #lines = new Set<Line>()
  /** Connections that were ever made. */
  dialed = 0
  /** Bytes that were ever written. */
  carriedBytes = 0
  /** What of them still passes before every line is cut; renewed by setting it. */
  cutAfterBytes = Number.POSITIVE_INFINITY

  constructor() {
    this.transport = {
      kind: 'stream',
      scheme: 'tcp',
      traits: { latencyMs: 0, bytesPerSecond: 1_000_000_000, oneWay: false },
      dial: (to, options) => this.#dial(to, options),
      listen: async (at, options) => this.#listen(at, options),
    }
  }

  /** Cuts every line now. */
  cut(): void {
    for (const line of this.#lines) line.cut()
  }

  /** Lines that neither end has closed. */
  get openLines(): number {
    return this.#lines.size
  }

  /** Answers how many of these bytes pass. */
  carry(bytes: number): number {
    const passing = Math.min(bytes, this.cutAfterBytes)
    this.cutAfterBytes -= passing
    this.carriedBytes += passing
    return passing
  }

  forget(line: Line): void {
    this.#lines.delete(line)
  }

  async #dial(to: URL, { signal }: CallOptions): Promise<Connection> {
    if (signal.aborted) throw abortError(signal)
    const line = new Line(this)
    this.dialed += 1
    const near = line.end(0, to.href)
    const far = line.end(1, `tcp://caller:${this.dialed}`)
    if (this.#listeners.get(to.href)?.put(far) !== true) {
      throw new OperatingError(`${to.href} could not be reached.`, { code: 'no-connection', retry: 'later' })
    }
    this.#lines.add(line)
    return near
  }

  #listen(at: URL, { signal }: CallOptions): Listener {
    if (signal.aborted) throw abortError(signal)
    if (this.#listeners.has(at.href)) {
      throw new OperatingError(`Another program listens on ${at.href}.`, { code: 'port-taken', retry: 'never' })
    }
    const waiting = new HandOver<Connection>()
    this.#listeners.set(at.href, waiting)
    return {
      at,
      [Symbol.asyncIterator]: () => waiting[Symbol.asyncIterator](),
      close: async () => {
        this.#listeners.delete(at.href)
        await Promise.all(waiting.end().map(connection => connection.close()))
      },
    }
  }
}

/** Two directions, one fate. */
class Line {
  readonly #network: MemoryNetwork
  readonly #ways = [new Way(), new Way()] as const
  isCut = false

  constructor(network: MemoryNetwork) {
    this.#network = network
  }

  cut(): void {
    this.isCut = true
    this.#network.forget(this)
    for (const way of this.#ways) way.changed.notify()
    for (const way of this.#ways) way.drained.notify()
  }

  end(side: 0 | 1, remote: string): Connection {
    const [out, into] = side === 0 ? [this.#ways[0], this.#ways[1]] : [this.#ways[1], this.#ways[0]]
    return {
      remote,
      origin: 'memory',
      local: 'memory',
      read: () => this.#read(into),
      write: bytes => this.#write(out, into, bytes),
      close: async () => {
        out.closed = true
        into.deaf = true
        this.#network.forget(this)
        for (const hint of [out.changed, into.changed, out.drained, into.drained]) hint.notify()
      },
    }
  }

  async *#read(way: Way): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (way.deaf) return
      const chunk = way.chunks.shift()
      if (chunk !== undefined) {
        way.bytes -= chunk.length
        way.drained.notify()
        yield chunk
      } else if (this.isCut) throw broken()
      else if (way.closed) return
      else await way.changed.wait(never)
    }
  }

  async #write(way: Way, back: Way, bytes: Uint8Array): Promise<void> {
    if (this.isCut || way.closed || way.deaf) throw broken()
    const passing = this.#network.carry(bytes.length)
    if (passing > 0) way.chunks.push(bytes.slice(0, passing))
    way.bytes += passing
    way.changed.notify()
    if (passing < bytes.length) {
      this.cut()
      throw broken()
    }
    while (way.bytes > windowBytes && !this.isCut && !way.closed && !way.deaf) await way.drained.wait(never)
    if ((this.isCut || way.deaf) && !back.deaf) throw broken()
  }
}

class Way {
  readonly chunks: Uint8Array[] = []
  readonly changed = new Hint()
  readonly drained = new Hint()
  bytes = 0
  /** Its writer has closed: what is on its way still arrives. */
  closed = false
  /** Its reader has closed. */
  deaf = false
}

const never = new AbortController().signal
// Each end of each line waits with it.
setMaxListeners(0, never)

function broken(): OperatingError {
  return new OperatingError('The line was cut.', { code: 'line-broken', retry: 'later' })
}
