/** Nodes, packets, sticks and time for the tests of the courier. */
import { randomBytes } from 'node:crypto'
import {
  encodeEncryptedHeader,
  generateIdentity,
  mthHasher,
  type NodeId,
  type PacketId,
  type PrivateIdentity,
  type PublicIdentity,
  packetIdFromBytes,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { present } from '../../base/assert.ts'
import { HandClock } from '../../base/hand-clock.ts'
import { type Log, type LogFields, silentLog } from '../../base/log.ts'
import { MemoryMedium, memoryTransport } from '../../links/memory/index.ts'
import type { ParcelTransport } from '../../links/transport.ts'
import type { Custody, Directory, PacketFolder } from '../../stores/directory/directory.ts'
import { memoryDirectory } from '../../stores/directory/memory.ts'
import { memorySpool } from '../../stores/spool/memory.ts'
import type { NewOutbound, OutboundKind, Spool } from '../../stores/spool/spool.ts'
import { type Courier, type CourierOptions, courier } from './index.ts'
import type { CourierLimits } from './limits.ts'
import type { WireOptions } from './lines/context.ts'

export { HandClock } from '../../base/hand-clock.ts'

export interface Lines {
  readonly log: Log
  readonly lines: { level: string; message: string; fields: LogFields }[]
}

export function listeningLog(): Lines {
  const lines: Lines['lines'] = []
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      lines.push({ level, message, fields })
  const log: Log = {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    with: () => log,
  }
  return { log, lines }
}

export interface SealedSample {
  readonly id: PacketId
  readonly bytes: Uint8Array
}

/** A packet with a true header and a true hash. What follows the header nobody here opens. */
export function sealed(sender: NodeId, recipient: NodeId, content: string | Uint8Array): SealedSample {
  const head = encodeEncryptedHeader({
    ...{ niceness: 96, sender, recipient },
    ...{ exchangeKey: new Uint8Array(32), signature: new Uint8Array(64) },
  })
  return underTrueHash(Buffer.concat([head, Buffer.from(content)]))
}

export function underTrueHash(content: string | Uint8Array): SealedSample {
  const bytes = Buffer.from(content)
  const hasher = mthHasher(pureSuite)
  hasher.update(bytes)
  return { id: packetIdFromBytes(hasher.digest()), bytes }
}

export async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 65_536) yield bytes.subarray(offset, offset + 65_536)
}

const signal = new AbortController().signal
const headerBytes = 172

/** A node with a post office that knows two kinds of letters: texts, and `ack PACKET`. */
export class TestNode {
  readonly identity: PrivateIdentity
  readonly spool: Spool
  readonly directory: Directory
  readonly delivered: string[] = []
  readonly acknowledgedAgain: PacketId[] = []
  readonly clock: HandClock
  readonly courier: Courier
  #acks = 0

  private constructor(identity: PrivateIdentity, options: TestNodeOptions) {
    const spool = memorySpool({ suite: pureSuite })
    this.identity = identity
    this.spool = options.spool?.(spool) ?? spool
    this.directory = memoryDirectory()
    this.clock = options.clock ?? new HandClock()
    this.courier = courier({
      spool: this.spool,
      directory: this.directory,
      self: identity.id,
      transports: [options.transport ?? sticks().transport],
      clock: this.clock,
      log: options.log ?? silentLog,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      settled: options.settled ?? (() => this.toss()),
      arrived: () => {},
      onDuplicate: id => this.#acknowledgeAgain(id),
      ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
      ...(options.wires === undefined ? {} : { wires: { ...options.wires, ...this.#cryptography() } }),
    })
  }

  static open(options: TestNodeOptions = {}): TestNode {
    return new TestNode(generateIdentity(pureSuite, randomBytes), options)
  }

  get id(): NodeId {
    return this.identity.id
  }

  #cryptography() {
    return { identity: this.identity, suite: pureSuite, random: (sizeBytes: number) => randomBytes(sizeBytes) }
  }

  async knows(
    other: { identity: PublicIdentity; id: NodeId },
    custody: Custody = 'ack',
    addresses: string[] = [],
    card: string | null = null,
  ) {
    await this.directory.neighbours.put({
      identity: other.identity,
      name: `n${other.id.slice(0, 8).toLowerCase()}`,
      ...{ domains: [], addresses, via: [], otherRoads: [], custody, posthorn: custody === 'ack', card },
      ...{ addedAt: 1, lastContactAt: null },
    })
  }

  async folder(name = 'stick', path = `/sticks/${name}`): Promise<PacketFolder> {
    await this.directory.folders.add({ name, path, at: 1 })
    const folders = await this.directory.folders.list()
    return present(
      folders.find(folder => folder.name === name),
      'the folder just added',
    )
  }

  /** Queues a letter. */
  async writes(to: { id: NodeId }, content: string | Uint8Array, niceness = 96): Promise<PacketId> {
    const packet = sealed(this.id, to.id, content)
    const outbound = await this.#outbound(packet.bytes, to.id, 'letter', null)
    await this.spool.outbox.commit([{ ...outbound, niceness }])
    return packet.id
  }

  /** Opens everything in the inbox. */
  async toss(): Promise<void> {
    for (const packet of await this.spool.inbox.due(Number.MAX_SAFE_INTEGER, 1000)) {
      const body = present(await this.spool.inbox.open(packet.id), 'the body of a due packet')
      const chunks: Uint8Array[] = []
      for await (const chunk of body.read(headerBytes)) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      const outbound: NewOutbound[] = []
      const [acknowledges] = /(?<=^ack )[A-Z2-7]{52}/.exec(text) ?? []
      const neighbour = await this.directory.neighbours.get(packet.sender)
      if (acknowledges !== undefined) await this.spool.outbox.acknowledge(acknowledges as PacketId, packet.sender, 1)
      else this.delivered.push(text)
      if (acknowledges === undefined && neighbour?.custody === 'ack' && !packet.told)
        outbound.push(await this.#ack(packet.id, packet.sender))
      await this.spool.inbox.finish(packet.id, { at: 1, outbound })
    }
  }

  async waiting(): Promise<number> {
    let packets = 0
    for (const queue of await this.spool.outbox.summary()) packets += queue.packets
    return packets
  }

  sync(folder: PacketFolder, options: { signal?: AbortSignal } = {}) {
    return this.courier.sync(folder, { signal, ...options })
  }

  close(): Promise<void> {
    return this.courier.stop()
  }

  async #acknowledgeAgain(id: PacketId): Promise<void> {
    this.acknowledgedAgain.push(id)
    const seen = await this.spool.inbox.seen(id)
    if (seen === undefined) return
    await this.spool.outbox.commit([await this.#ack(id, seen.sender)])
  }

  #ack(id: PacketId, to: NodeId): Promise<NewOutbound> {
    this.#acks += 1
    return this.#outbound(sealed(this.id, to, `ack ${id} ${this.#acks}`).bytes, to, 'ack', id)
  }

  async #outbound(bytes: Uint8Array, to: NodeId, kind: OutboundKind, acknowledges: PacketId | null) {
    const staged = await this.spool.stage(streamOf(bytes), { signal, sizeBytesMax: 100_000_000 })
    return { staged, nextHop: to, destination: to, niceness: 96, kind, messageId: null, acknowledges, at: 1 }
  }
}

export interface TestNodeOptions {
  readonly transport?: ParcelTransport
  readonly clock?: HandClock
  readonly log?: Log
  readonly limits?: Partial<CourierLimits>
  readonly settled?: CourierOptions['settled']
  readonly freeBytes?: () => Promise<number>
  readonly wires?: Pick<WireOptions, 'dialers' | 'limits' | 'rates'>
  /** Wraps the spool, to make it fail. */
  readonly spool?: (spool: Spool) => Spool
}

export interface Sticks {
  readonly transport: ParcelTransport
  /** The medium of the folder `/sticks/NAME`. */
  readonly stick: (name?: string) => MemoryMedium
}

/** Media by path, and a transport that all nodes may share. */
export function sticks(): Sticks {
  const media = new Map<string, MemoryMedium>()
  const medium = (path: string) => {
    const known = media.get(path) ?? new MemoryMedium()
    media.set(path, known)
    return known
  }
  return {
    transport: memoryTransport({ medium: at => medium(at.pathname) }),
    stick: (name = 'stick') => medium(`/sticks/${name}`),
  }
}
