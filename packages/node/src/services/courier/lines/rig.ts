/** Two nodes and a network for the tests of live lines. */
import { randomBytes } from 'node:crypto'
import {
  generateIdentity,
  type PacketId,
  type PrivateIdentity,
  type Session,
  type SessionCommand,
  type SessionEvent,
  session,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { onTestFinished } from 'vitest'
import { present } from '../../../base/assert.ts'
import { MemoryNetwork } from '../../../links/memory/stream.ts'
import type { Connection } from '../../../links/transport.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import { HandClock, TestNode, type TestNodeOptions } from '../fixture.ts'
import type { WireOptions } from './context.ts'
import type { LineLimits } from './limits.ts'
import type { CallReport } from './report.ts'

export const signal: AbortSignal = new AbortController().signal
export const there = 'tcp://there:5400'
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

export interface Rig {
  readonly network: MemoryNetwork
  readonly clock: HandClock
  /** Calls. */
  readonly here: TestNode
  /** Takes calls at `there`. */
  readonly far: TestNode
  /** Time passes until the call is over. */
  readonly call: (options?: { nicenessMax?: number; signal?: AbortSignal }) => Promise<CallReport>
  readonly neighbour: () => Promise<Neighbour>
}

interface RigOptions {
  readonly limits?: Partial<LineLimits>
  readonly rates?: NonNullable<WireOptions['rates']>
  readonly far?: TestNodeOptions
  readonly here?: TestNodeOptions
}

export async function rig(options: RigOptions = {}): Promise<Rig> {
  const network = new MemoryNetwork()
  const clock = new HandClock()
  const { limits = {}, rates } = options
  const wires = { dialers: [network.transport], limits, ...(rates === undefined ? {} : { rates }) }
  const here = TestNode.open({ ...options.here, clock, wires })
  const far = TestNode.open({ ...options.far, clock, wires })
  await here.knows(far, 'ack', [there])
  await far.knows(here)
  far.courier.serve(await network.transport.listen(new URL(there), { signal }))
  onTestFinished(async () => {
    await whileTimePasses(clock, Promise.all([here.close(), far.close()]))
  })
  const neighbour = async () => present(await here.directory.neighbours.get(far.id), 'the neighbour that was added')
  return {
    ...{ network, clock, here, far, neighbour },
    call: async how => whileTimePasses(clock, here.courier.call(await neighbour(), { signal, ...how })),
  }
}

/** Lets time pass, a little at a time, until the work is done. */
export async function whileTimePasses<T>(clock: HandClock, work: Promise<T>, stepMs = 20): Promise<T> {
  let done = false
  const ended = () => {
    done = true
  }
  work.then(ended, ended)
  while (!done) {
    await turn()
    clock.pass(stepMs)
  }
  return work
}

/** Until it is so, without time passing. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn()
}

/** A peer that says what the test wants, on a line of its own. */
export class HandPeer {
  readonly identity: PrivateIdentity
  readonly events: SessionEvent[] = []
  /** The other end has closed. */
  closed = false
  readonly #session: Session
  readonly #connection: Connection

  private constructor(connection: Connection, identity: PrivateIdentity, to: TestNode) {
    this.identity = identity
    this.#connection = connection
    const options = { suite: pureSuite, random: (sizeBytes: number) => randomBytes(sizeBytes), identity }
    this.#session = session({ ...options, pushes: true, peer: to.identity })
    void this.#read()
  }

  static newIdentity(): PrivateIdentity {
    return generateIdentity(pureSuite, randomBytes)
  }

  /** Calls, and is connected when it resolves, unless it is refused. */
  static async call(network: MemoryNetwork, to: TestNode, identity: PrivateIdentity): Promise<HandPeer> {
    const peer = new HandPeer(await network.transport.dial(new URL(there), { signal }), identity, to)
    peer.say({ kind: 'begin', offers: [] })
    await until(() => peer.closed || peer.heard('connected').length > 0)
    return peer
  }

  heard<K extends SessionEvent['kind']>(kind: K): Extract<SessionEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { kind: K }> => event.kind === kind)
  }

  say(...commands: SessionCommand[]): void {
    this.#take(this.#session.command(commands, 0))
  }

  offer(id: PacketId, sizeBytes: number, niceness = 96): void {
    this.say({ kind: 'offer', offers: [{ id, sizeBytes, niceness }] })
  }

  raw(bytes: Uint8Array): void {
    void this.#connection.write(bytes).catch(() => {})
  }

  hangUp(): Promise<void> {
    return this.#connection.close()
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#connection.read()) this.#take(this.#session.receive(chunk, 0))
    } catch {
      // Cut: closed as well.
    }
    this.closed = true
  }

  #take(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.kind === 'send') this.raw(event.bytes)
      else this.events.push(event)
    }
  }
}
