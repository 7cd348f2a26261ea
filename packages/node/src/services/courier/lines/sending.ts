/** Our side of a conversation: what is offered, what of it was requested, and what is sent next. */
import { type NodeId, type PacketId, pushBytesMax, type SessionCommand, type SessionOffer } from '@posthorn/nncp'
import { isNotAwaited, type OutboundPacket } from '../../../stores/spool/spool.ts'
import type { LineContext } from './context.ts'

interface Offered {
  readonly packet: OutboundPacket
  /** Within one niceness, packets are offered in the order of their age. */
  readonly turn: number
}

interface Transfer extends Offered {
  packet: OutboundPacket
  /** Sent as a whole with its offer, unasked. */
  readonly push: boolean
  nextBytes: number
  source: AsyncIterator<Uint8Array> | undefined
}

const nothing = new Uint8Array(0)

export class Sending {
  readonly #context: LineContext
  readonly #nicenessMax: number
  readonly #offered = new Map<PacketId, Offered>()
  /** What is being sent. */
  readonly #transfers = new Map<PacketId, Transfer>()
  /** The same, the least nice and then the oldest first, with some that were withdrawn. */
  #queue: Transfer[] = []
  /** Sizes of what was pushed and is not done. */
  readonly #pushed = new Map<PacketId, number>()
  #pushedBytes = 0
  #turns = 0
  /** Up to here the outbox was looked at. */
  #mark: number | null = null
  /** Whether more waits than is offered. */
  #backlog = false

  readonly #stopListening: () => void

  constructor(context: LineContext, nicenessMax: number) {
    this.#context = context
    this.#nicenessMax = nicenessMax
    this.#stopListening = context.raised.add(({ id, niceness }) => this.#raise(id, niceness))
  }

  /** Whether everything that was requested has been sent. */
  get idle(): boolean {
    return this.#transfers.size === 0
  }

  /** Whether it is time to offer more of what could not be offered before: not for every packet that is done. */
  get hasRoom(): boolean {
    const { offeredMax } = this.#context.limits
    return this.#backlog && (this.#offered.size <= offeredMax / 2 || this.idle) && this.#offered.size < offeredMax
  }

  /** What waits for the peer and was not offered yet, as far as there is room for offers. */
  async offers(peer: NodeId): Promise<SessionOffer[]> {
    if (this.#context.isPaused(peer)) return []
    const { outbox } = this.#context.spool
    // Before the queue is read: what is committed meanwhile is found twice rather than never.
    this.#mark ??= (await outbox.added(peer, { mark: null, limit: 1 })).mark
    return this.#offerQueue(peer)
  }

  /** What was committed since. To a peer that takes pushes, what is small goes at once and needs no offer. */
  async news(peer: NodeId): Promise<SessionOffer[]> {
    const { spool, packetLimits } = this.#context
    if (this.#context.isPaused(peer)) return []
    const offers: SessionOffer[] = []
    const pushes = this.#context.takesPushes(peer)
    for (let more = true; more; ) {
      const limit = packetLimits.packetsPerPage
      const { packets, mark } = await spool.outbox.added(peer, { mark: this.#mark, limit })
      this.#mark = mark
      for (const packet of packets) {
        if (!this.#mayOffer(packet)) continue
        const offered = this.#offer(packet)
        if (pushes && this.#mayPush(packet)) this.#pushSoon(offered)
        else offers.push(offerOf(packet))
      }
      more = packets.length === limit
    }
    if (this.hasRoom) offers.push(...(await this.#offerQueue(peer)))
    return offers
  }

  /** The peer wants a packet of ours, from an offset on. */
  request(id: PacketId, offsetBytes: number): void {
    const offered = this.#offered.get(id)
    if (offered === undefined) return
    this.#withdraw(id)
    this.#enqueue({ ...offered, push: false, nextBytes: offsetBytes, source: undefined })
  }

  /** The peer withdraws what it requested; what it did not ask for is no part of that. */
  halt(): void {
    for (const { push, packet } of [...this.#transfers.values()]) if (!push) this.#withdraw(packet.id)
  }

  /** What is said next: a chunk, or all, of the most urgent packet, whatever was begun before it. */
  async next(): Promise<Extract<SessionCommand, { kind: 'chunk' | 'push' | 'offer' }> | undefined> {
    for (let transfer = this.#first(); transfer !== undefined; transfer = this.#first()) {
      const { packet, push } = transfer
      const bytes = await this.#read(transfer)
      // Withdrawn, or requested anew, while it was read.
      if (this.#transfers.get(packet.id) !== transfer) continue
      if (bytes === undefined) {
        this.#withdraw(packet.id)
        this.#offered.delete(packet.id)
        continue
      }
      const { nextBytes } = transfer
      transfer.nextBytes += bytes.length
      if (push || transfer.nextBytes >= packet.sizeBytes) this.#withdraw(packet.id)
      if (!push) return { kind: 'chunk', id: packet.id, offsetBytes: nextBytes, bytes }
      return bytes.length === packet.sizeBytes
        ? this.#push(packet, bytes)
        : { kind: 'offer', offers: [offerOf(packet)] }
    }
    return undefined
  }

  /** The peer has custody: the packets leave the outbox. Answers those that did, for the report. */
  async finished(ids: readonly PacketId[], peer: NodeId, road: string): Promise<readonly OutboundPacket[]> {
    const { spool, clock, log } = this.#context
    const packets = ids.map(id => this.#offered.get(id)?.packet).filter(packet => packet !== undefined)
    const at = clock.now()
    const left = await Promise.all(
      packets.map(async ({ id, kind }) => {
        this.#withdraw(id)
        if (!isNotAwaited(kind)) return spool.outbox.acknowledge(id, peer, at, { road })
        await spool.outbox.release(id, at)
        return true
      }),
    )
    for (const { id } of packets) this.#forget(id)
    // Others may have left over another line, or by another road, before.
    const gone = packets.filter((_, index) => left[index])
    for (const { id: packetId, messageId, sizeBytes } of gone) {
      log.info('a packet was handed over', { packetId, messageId, sizeBytes })
    }
    return gone
  }

  end(): void {
    this.#stopListening()
    for (const id of [...this.#transfers.keys()]) this.#withdraw(id)
    this.#offered.clear()
  }

  /** Beyond what is offered at once only what is more urgent than all of that. */
  #mayOffer({ id, niceness }: OutboundPacket): boolean {
    const { offeredMax } = this.#context.limits
    if (niceness > this.#nicenessMax || this.#offered.has(id)) return false
    if (this.#offered.size < offeredMax) return true
    const urgent =
      this.#offered.size < 2 * offeredMax &&
      [...this.#offered.values()].every(({ packet }) => packet.niceness > niceness)
    if (!urgent) this.#backlog = true
    return urgent
  }

  /** What is being sent changes its place at once; the peer has heard of the rest with their old niceness. */
  #raise(id: PacketId, niceness: number): void {
    const offered = this.#offered.get(id)
    if (offered === undefined) return
    const packet = { ...offered.packet, niceness }
    this.#offered.set(id, { ...offered, packet })
    const transfer = this.#transfers.get(id)
    if (transfer === undefined) return
    // The same object: a piece of it may just be read.
    transfer.packet = packet
    this.#queue = this.#queue.filter(other => other !== transfer)
    this.#enqueue(transfer)
  }

  #offer(packet: OutboundPacket): Offered {
    this.#turns += 1
    const offered = { packet, turn: this.#turns }
    this.#offered.set(packet.id, offered)
    return offered
  }

  async #offerQueue(peer: NodeId): Promise<SessionOffer[]> {
    const { spool, packetLimits } = this.#context
    const offers: SessionOffer[] = []
    let after: string | null = null
    this.#backlog = false
    for (let more = true; more && !this.#backlog; ) {
      const limit = packetLimits.packetsPerPage
      const page: readonly OutboundPacket[] = await spool.outbox.page(peer, { after, limit })
      for (const packet of page) {
        if (this.#offered.size >= this.#context.limits.offeredMax) this.#backlog = true
        else if (packet.niceness <= this.#nicenessMax && !this.#offered.has(packet.id)) {
          this.#offer(packet)
          offers.push(offerOf(packet))
        }
      }
      after = page.at(-1)?.cursor ?? null
      more = page.length === limit
    }
    return offers
  }

  #mayPush({ sizeBytes }: OutboundPacket): boolean {
    return sizeBytes <= pushBytesMax && this.#pushedBytes + sizeBytes <= this.#context.limits.pushedBytesMax
  }

  #pushSoon(offered: Offered): void {
    const { id, sizeBytes } = offered.packet
    this.#pushed.set(id, sizeBytes)
    this.#pushedBytes += sizeBytes
    this.#enqueue({ ...offered, push: true, nextBytes: 0, source: undefined })
  }

  #push(packet: OutboundPacket, bytes: Uint8Array): Extract<SessionCommand, { kind: 'push' }> {
    return { kind: 'push', offer: offerOf(packet), bytes }
  }

  #enqueue(transfer: Transfer): void {
    this.#transfers.set(transfer.packet.id, transfer)
    const before = this.#queue.findLastIndex(other => !comesBefore(transfer, other))
    this.#queue.splice(before + 1, 0, transfer)
  }

  #first(): Transfer | undefined {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (this.#transfers.get(first.packet.id) === first) return first
      this.#queue.shift()
    }
    return undefined
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
    const transfer = this.#transfers.get(id)
    if (transfer === undefined) return
    this.#transfers.delete(id)
    // Not awaited: it closes a file that was only read.
    transfer.source?.return?.().catch(() => undefined)
  }

  #forget(id: PacketId): void {
    this.#offered.delete(id)
    this.#pushedBytes -= this.#pushed.get(id) ?? 0
    this.#pushed.delete(id)
  }
}

function offerOf({ id, sizeBytes, niceness }: OutboundPacket): SessionOffer {
  return { id, sizeBytes, niceness }
}

function comesBefore(one: Transfer, other: Transfer): boolean {
  if (one.packet.niceness !== other.packet.niceness) return one.packet.niceness < other.packet.niceness
  return one.turn < other.turn
}
