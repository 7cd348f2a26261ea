/** Our side of a conversation: what is offered, what of it was requested, and what is sent next. */
import type { NodeId, PacketId, SessionOffer } from '@posthorn/nncp'
import type { OutboundPacket } from '../../../stores/spool/spool.ts'
import type { LineContext } from './context.ts'

interface Offered {
  readonly packet: OutboundPacket
  /** Within one niceness, packets are offered in the order of their age. */
  readonly turn: number
}

interface Transfer extends Offered {
  nextBytes: number
  source: AsyncIterator<Uint8Array> | undefined
}

export interface Chunk {
  readonly id: PacketId
  readonly offsetBytes: number
  readonly bytes: Uint8Array
}

const nothing = new Uint8Array(0)

export class Sending {
  readonly #context: LineContext
  readonly #nicenessMax: number
  readonly #offered = new Map<PacketId, Offered>()
  /** The least nice and then the oldest first. */
  #requested: Transfer[] = []
  #turns = 0

  constructor(context: LineContext, nicenessMax: number) {
    this.#context = context
    this.#nicenessMax = nicenessMax
  }

  /** Whether everything that was requested has been sent. */
  get idle(): boolean {
    return this.#requested.length === 0
  }

  /** What waits for the peer and was not offered yet, as far as there is room for offers. */
  async offers(peer: NodeId): Promise<SessionOffer[]> {
    const { spool, limits, packetLimits } = this.#context
    const offers: SessionOffer[] = []
    let after: string | null = null
    while (this.#offered.size < limits.offeredMax) {
      const limit = packetLimits.packetsPerPage
      const page: readonly OutboundPacket[] = await spool.outbox.page(peer, { after, limit })
      for (const packet of page) {
        const { id, sizeBytes, niceness } = packet
        if (niceness > this.#nicenessMax || this.#offered.has(id)) continue
        this.#turns += 1
        this.#offered.set(id, { packet, turn: this.#turns })
        offers.push({ id, sizeBytes, niceness })
      }
      after = page.at(-1)?.cursor ?? null
      if (page.length < limit) break
    }
    return offers
  }

  /** The peer wants a packet of ours, from an offset on. */
  request(id: PacketId, offsetBytes: number): void {
    const offered = this.#offered.get(id)
    if (offered === undefined) return
    this.#withdraw(id)
    const transfer = { ...offered, nextBytes: offsetBytes, source: undefined }
    const before = this.#requested.findLastIndex(other => !comesBefore(transfer, other))
    this.#requested.splice(before + 1, 0, transfer)
  }

  halt(): void {
    for (const { packet } of [...this.#requested]) this.#withdraw(packet.id)
  }

  /** What is sent next: a chunk of the most urgent packet, whatever was begun before it. */
  async next(): Promise<Chunk | undefined> {
    for (;;) {
      const transfer = this.#requested[0]
      if (transfer === undefined) return undefined
      const bytes = await this.#read(transfer)
      // Withdrawn, or requested anew, while it was read.
      if (!this.#requested.includes(transfer)) continue
      if (bytes === undefined) {
        this.#withdraw(transfer.packet.id)
        this.#offered.delete(transfer.packet.id)
        continue
      }
      const chunk = { id: transfer.packet.id, offsetBytes: transfer.nextBytes, bytes }
      transfer.nextBytes += bytes.length
      if (transfer.nextBytes >= transfer.packet.sizeBytes) this.#withdraw(transfer.packet.id)
      return chunk
    }
  }

  /** The peer has custody: the packet leaves the outbox. Answers its size, for the report. */
  async finished(id: PacketId, peer: NodeId): Promise<number | undefined> {
    const { spool, clock, log } = this.#context
    const packet = this.#offered.get(id)?.packet
    if (packet === undefined) return undefined
    this.#withdraw(id)
    const isAck = packet.kind === 'ack'
    const left = isAck || (await spool.outbox.acknowledge(id, peer, clock.now()))
    if (isAck) await spool.outbox.release(id, clock.now())
    this.#offered.delete(id)
    // It may have left over another line, or by another road, before.
    if (!left) return undefined
    log.info('a packet was handed over', { packetId: id, messageId: packet.messageId, sizeBytes: packet.sizeBytes })
    return packet.sizeBytes
  }

  end(): void {
    this.halt()
    this.#offered.clear()
  }

  /** `undefined` when the packet has left the outbox meanwhile. Behind its end an empty chunk, as the peer asked. */
  async #read(transfer: Transfer): Promise<Uint8Array | undefined> {
    const { packet, nextBytes } = transfer
    if (transfer.source === undefined) {
      const body = await this.#context.spool.outbox.open(packet.id)
      if (body === undefined) return undefined
      transfer.source = body.read(nextBytes)[Symbol.asyncIterator]()
    }
    const next = await transfer.source.next()
    return next.done === true ? nothing : next.value
  }

  #withdraw(id: PacketId): void {
    const transfer = this.#requested.find(({ packet }) => packet.id === id)
    if (transfer === undefined) return
    this.#requested = this.#requested.filter(other => other !== transfer)
    // Not awaited: it closes a file that was only read.
    transfer.source?.return?.().catch(() => undefined)
  }
}

function comesBefore(one: Transfer, other: Transfer): boolean {
  if (one.packet.niceness !== other.packet.niceness) return one.packet.niceness < other.packet.niceness
  return one.turn < other.turn
}
