/** What waits for neighbours: from the outbox onto the medium; and copies of what was acknowledged off it. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Neighbour } from '../../stores/directory/directory.ts'
import { isNotAwaited, type OutboundPacket, type QueueSummary } from '../../stores/spool/spool.ts'
import { concernsOneFile, type Exchange, throwIfAborted } from './exchange.ts'

/** Takes off the copies of acknowledged packets; answers which remembered copies still lie there. */
export async function retire(exchange: Exchange): Promise<ReadonlySet<PacketId>> {
  const { options, tally, onProgress } = exchange
  const lying = new Set<PacketId>()
  for (const neighbour of await options.directory.neighbours.list()) {
    try {
      await retireFor(exchange, neighbour.identity.id, lying)
    } catch (error) {
      if (!concernsOneFile(error)) throw error
      if (error.code !== 'medium-read-only') tally.failed(error)
    }
    onProgress({ phase: 'retiring', packets: tally.retired, bytes: 0, packetsTotal: null, bytesTotal: null })
  }
  return lying
}

async function retireFor(exchange: Exchange, recipient: NodeId, lying: Set<PacketId>): Promise<void> {
  const { options, transport, at, signal, memory, tally } = exchange
  for await (const id of transport.placed(options.self, recipient, at, { signal })) {
    throwIfAborted(signal)
    if (await options.spool.outbox.wasAcknowledged(id)) {
      await transport.retire({ sender: options.self, recipient, id }, at, { signal })
      memory.forgetCopy(id)
      tally.retired += 1
      exchange.log.debug('a copy of an acknowledged packet was taken off', { packetId: id })
    } else if (memory.hasCopy(id)) {
      lying.add(id)
    }
  }
}

/**
 * Everything that waits, the least nice first for each neighbour; what does not fit is passed over, and what is for a
 * paused neighbour stays.
 */
export async function putOut(exchange: Exchange, lying: ReadonlySet<PacketId>): Promise<void> {
  const { options, tally } = exchange
  const paused = await options.directory.calling.paused()
  const all = await options.spool.outbox.summary()
  const queues = all.filter(({ nextHop }) => !paused.has(nextHop))
  for (const { nextHop, packets, bytes } of all) if (paused.has(nextHop)) tally.holds({ packets, bytes })
  const totals = { packetsTotal: 0, bytesTotal: 0 }
  for (const queue of queues) {
    totals.packetsTotal += queue.packets
    totals.bytesTotal += queue.bytes
  }
  const putting = new Putting(exchange, lying, totals)
  for (const queue of queues) {
    const neighbour = await options.directory.neighbours.get(queue.nextHop)
    if (neighbour !== undefined) await putting.all(neighbour, queue)
  }
}

class Putting {
  readonly #exchange: Exchange
  readonly #lying: ReadonlySet<PacketId>
  readonly #totals: { readonly packetsTotal: number; readonly bytesTotal: number }
  #packets = 0
  #bytes = 0
  #failures = 0
  /** Packets of this size and above did not fit. */
  #refusedBytes = Number.POSITIVE_INFINITY

  constructor(
    exchange: Exchange,
    lying: ReadonlySet<PacketId>,
    totals: { readonly packetsTotal: number; readonly bytesTotal: number },
  ) {
    this.#exchange = exchange
    this.#lying = lying
    this.#totals = totals
  }

  async all(neighbour: Neighbour, queue: QueueSummary): Promise<void> {
    const { options, limits, signal, tally } = this.#exchange
    let after: string | null = null
    let { packets: packetsLeft, bytes: bytesLeft } = queue
    for (;;) {
      const page: readonly OutboundPacket[] = await options.spool.outbox.page(queue.nextHop, {
        after,
        limit: limits.packetsPerPage,
      })
      for (const packet of page) {
        throwIfAborted(signal)
        if (this.#failures >= limits.failuresMax) {
          tally.waiting.packets += packetsLeft
          tally.waiting.bytes += bytesLeft
          return
        }
        await this.#next(neighbour, packet)
        packetsLeft -= 1
        bytesLeft -= packet.sizeBytes
        after = packet.cursor
      }
      if (page.length < limits.packetsPerPage) return
    }
  }

  async #next(neighbour: Neighbour, packet: OutboundPacket): Promise<void> {
    const bytesBefore = this.#bytes
    if (!(await this.#placed(neighbour, packet)))
      this.#exchange.tally.add(this.#exchange.tally.waiting, packet.sizeBytes)
    this.#packets += 1
    this.#bytes = bytesBefore + packet.sizeBytes
    this.#tell()
  }

  /** False when the packet has to wait for another time. */
  async #placed(neighbour: Neighbour, packet: OutboundPacket): Promise<boolean> {
    const { options, folder, memory, roads, tally, automatic, limits } = this.#exchange
    if (this.#lying.has(packet.id)) {
      tally.present += 1
      return true
    }
    if (automatic && memory.isAwaited(packet.id, options.clock.now())) {
      tally.awaited += 1
      return true
    }
    if (packet.sizeBytes >= this.#refusedBytes) return false
    try {
      await this.#copy(neighbour, packet)
      return true
    } catch (error) {
      if (!concernsOneFile(error)) throw error
      // It left by another road while its bytes were read.
      if (error.code === 'body-missing' && (await options.spool.outbox.get(packet.id)) === undefined) return true
      const { id: packetId, sizeBytes } = packet
      this.#exchange.log.debug('a packet could not be put on the medium', { packetId, sizeBytes, code: error.code })
      if (error.code === 'medium-full' || error.code === 'medium-file-too-big') {
        this.#refusedBytes = sizeBytes
        return false
      }
      tally.failed(error)
      if (error.code === 'medium-read-only') await roads.takesNothing(folder.name)
      this.#failures = error.code === 'medium-read-only' ? limits.failuresMax : this.#failures + 1
      return false
    }
  }

  /** Once the copy is durable all that follows is done, cancelled or not. */
  async #copy(neighbour: Neighbour, packet: OutboundPacket): Promise<void> {
    const { options, transport, folder, at, signal, memory, roads, tally } = this.#exchange
    const { outbox } = options.spool
    const body = await outbox.open(packet.id)
    if (body === undefined) return
    const { id, sizeBytes } = packet
    const read = () => this.#counted(body.read(0, { lent: true }))
    const parcel = { recipient: neighbour.identity.id, sender: options.self, id, sizeBytes, read }
    const outcome = await transport.drop(parcel, at, { signal })
    const now = options.clock.now()
    if (outcome === 'written') {
      tally.add(tally.written, sizeBytes)
      const { messageId, nextHop } = packet
      this.#exchange.log.info('a packet was put on the medium', { packetId: id, messageId, nextHop, sizeBytes })
    } else {
      tally.present += 1
    }
    await outbox.copied(id, folder.name, now)
    memory.copied(id, outcome, now)
    const isLast = isNotAwaited(packet.kind) || neighbour.custody === 'copy'
    if (isLast && (await roads.isEnough(neighbour, id, folder.name))) await outbox.release(id, now)
  }

  async *#counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      yield chunk
      this.#bytes += chunk.length
      this.#tell()
    }
  }

  #tell(): void {
    const { onProgress } = this.#exchange
    onProgress({ phase: 'putting-out', packets: this.#packets, bytes: this.#bytes, ...this.#totals })
  }
}
