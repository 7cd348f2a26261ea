/**
 * The other side of a conversation: what the peer offers, what of it is requested, and what comes of it.
 *
 * DONE is said when the inbox holds the packet or had it before, never earlier: with it custody is ours. What is not
 * wanted (too large, no room, no packet, not for us) stays with the peer.
 */
import {
  encryptedHeaderBytes,
  type NodeId,
  type PacketId,
  type SessionCommand,
  type SessionOffer,
} from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import type { PartialPacket, Staged } from '../../../stores/spool/spool.ts'
import { headerOf } from '../header.ts'
import type { Amount } from '../report.ts'
import type { LineContext } from './context.ts'
import type { CallTally } from './report.ts'
import type { Tasks } from './tasks.ts'

interface Incoming {
  readonly offer: SessionOffer
  readonly partial: PartialPacket
  receivedBytes: number
}

export interface ReceivingOptions {
  readonly context: LineContext
  readonly nicenessMax: number
  /** The road, for the log. */
  readonly source: string
  /** Who hands over what comes. */
  readonly peer: () => NodeId | undefined
  readonly tally: CallTally
  readonly tasks: Tasks
  /** To the session. */
  readonly say: (commands: readonly SessionCommand[]) => void
}

export class Receiving {
  readonly #options: ReceivingOptions
  readonly #incoming = new Map<PacketId, Incoming>()
  /** Not requested yet, the least nice and then the first offered first. */
  #wanted: SessionOffer[] = []
  #ended = false

  constructor(options: ReceivingOptions) {
    this.#options = options
    const { passage } = options.tally
    if (passage !== undefined) passage.receiving.left = () => this.#left()
  }

  /** Whether nothing is on its way. What found no room does not count: the peer keeps it. */
  get idle(): boolean {
    return this.#incoming.size === 0
  }

  /** Whether something offered has to be looked at again later. */
  get waiting(): boolean {
    return this.#wanted.length > 0
  }

  /** Packets that the peer has. */
  async offered(offers: readonly SessionOffer[]): Promise<void> {
    for (const offer of offers) if (this.#isWelcome(offer)) this.#want(offer)
    await this.request()
  }

  /** Packets that came with their offers. What cannot be kept now stays with the peer, as if only offered. */
  async pushed(pushes: readonly { readonly offer: SessionOffer; readonly bytes: Uint8Array }[]): Promise<void> {
    const { context, say } = this.#options
    let roomBytes = await this.#roomBytes()
    for (const { offer, bytes } of pushes) {
      const { id, sizeBytes } = offer
      if (!this.#isWelcome(offer)) continue
      if (sizeBytes > roomBytes || !context.claims.take(id, sizeBytes)) {
        this.#want(offer)
        continue
      }
      roomBytes -= sizeBytes
      const command = await this.#begin(offer)
      if (command?.kind === 'request') await this.chunk(id, bytes.subarray(command.offsetBytes))
      else if (command !== undefined) say([command])
    }
  }

  /** Requests what can be received now. */
  async request(): Promise<void> {
    const { context, say } = this.#options
    if (this.#wanted.length === 0 || this.#ended) return
    let roomBytes = await this.#roomBytes()
    const requests: SessionCommand[] = []
    const later: SessionOffer[] = []
    for (let offer = this.#wanted[0]; offer !== undefined && this.#mayRequest(offer); offer = this.#wanted[0]) {
      this.#wanted.shift()
      if (offer.sizeBytes > roomBytes || !context.claims.take(offer.id, offer.sizeBytes)) {
        later.push(offer)
        continue
      }
      roomBytes -= offer.sizeBytes
      const command = await this.#begin(offer)
      if (command !== undefined) requests.push(command)
    }
    if (later.length > 0) {
      this.#wanted = [...later, ...this.#wanted].sort((one, other) => one.niceness - other.niceness)
    }
    if (requests.length > 0) say(requests)
  }

  /** Bytes of a packet that was requested, without gaps. */
  async chunk(id: PacketId, bytes: Uint8Array): Promise<void> {
    const incoming = this.#incoming.get(id)
    if (incoming === undefined) return
    incoming.receivedBytes += bytes.length
    this.#options.tally.flowing('receiving', bytes.length)
    await incoming.partial.append(bytes)
    if (incoming.receivedBytes === incoming.offer.sizeBytes) await this.#complete(incoming)
  }

  /** The line is over: what has come is kept for the next one. To be called when no task runs any more. */
  async end(): Promise<void> {
    this.#ended = true
    this.#wanted = []
    for (const { offer, partial } of this.#incoming.values()) {
      await partial.keep()
      this.#options.context.claims.release(offer.id)
    }
    this.#incoming.clear()
  }

  /** What the peer has for us and is not here yet. */
  #left(): Amount {
    let bytes = 0
    for (const { sizeBytes } of this.#wanted) bytes += sizeBytes
    for (const { offer, receivedBytes } of this.#incoming.values()) bytes += offer.sizeBytes - receivedBytes
    return { packets: this.#wanted.length + this.#incoming.size, bytes }
  }

  #isWelcome(offer: SessionOffer): boolean {
    const { context, nicenessMax } = this.#options
    if (offer.niceness > nicenessMax || context.refused.has(offer.id)) return false
    const fits = offer.sizeBytes <= context.packetLimits.packetBytesMax && offer.sizeBytes >= encryptedHeaderBytes
    if (!fits) this.#refuse(offer, 'its size is not one that is taken')
    return fits
  }

  #want(offer: SessionOffer): void {
    const before = this.#wanted.findLastIndex(other => other.niceness <= offer.niceness)
    this.#wanted.splice(before + 1, 0, offer)
  }

  /** One that is more urgent than all on their way does not wait for these. */
  #mayRequest(offer: SessionOffer): boolean {
    const { requestsMax } = this.#options.context.limits
    if (this.#incoming.size < requestsMax) return true
    if (this.#incoming.size >= requestsMax * 2) return false
    for (const other of this.#incoming.values()) if (other.offer.niceness <= offer.niceness) return false
    return true
  }

  async #roomBytes(): Promise<number> {
    const { spool, packetLimits, freeBytes, claims } = this.#options.context
    const inInbox = await spool.inbox.summary()
    const onDisk = (await freeBytes()) - packetLimits.freeBytesMin
    return Math.min(packetLimits.inboxBytesMax - inInbox.bytes, onDisk) - claims.bytes
  }

  /** What is to be said of a packet that is claimed; nothing when all of it is here and only has to be looked at. */
  async #begin(offer: SessionOffer): Promise<Extract<SessionCommand, { kind: 'request' | 'finish' }> | undefined> {
    const { context, tally } = this.#options
    const { id, sizeBytes } = offer
    let partial: PartialPacket | undefined
    try {
      // It may have come by another line or road since it was offered.
      const seen = await context.spool.inbox.seen(id)
      if (seen !== undefined) {
        await context.spool.partials.forget(id)
        // Custody is not ours: the peer must not let go of it.
        if (seen.outcome === 'refused') {
          this.#refuse(offer, 'it was set aside here, and stays with who has it')
          return undefined
        }
        await this.#cameAgain(id)
        tally.add(tally.received, sizeBytes)
        return { kind: 'finish', id }
      }
      partial = await context.spool.partials.open(id, sizeBytes)
    } finally {
      if (partial === undefined) context.claims.release(id)
    }
    if (partial === undefined) return undefined
    const incoming = { offer, partial, receivedBytes: partial.offsetBytes }
    this.#incoming.set(id, incoming)
    if (partial.offsetBytes < sizeBytes) return { kind: 'request', id, offsetBytes: partial.offsetBytes }
    await this.#complete(incoming)
    return undefined
  }

  #complete(incoming: Incoming): Promise<void> {
    return this.#options.tasks.add(async () => {
      const { id } = incoming.offer
      try {
        await this.#settle(incoming)
      } finally {
        this.#incoming.delete(id)
        this.#options.context.claims.release(id)
      }
    })
  }

  async #settle({ offer, partial }: Incoming): Promise<void> {
    const staged = await partial.finish()
    if (staged === 'bad-hash') return this.#isBad(offer, 'its content is not its hash')
    try {
      await this.#commit(offer, staged)
    } finally {
      await staged.discard()
    }
  }

  async #commit(offer: SessionOffer, staged: Staged): Promise<void> {
    const { context, source, peer, tally, say } = this.#options
    const { wires, spool, clock, log } = context
    const header = headerOf(await beginningOf(staged), wires.identity.id)
    if (typeof header === 'string') return this.#isBad(offer, header)
    const { sender, niceness } = header
    if (!context.isKnown(sender)) return this.#refuse(offer, 'its sender is no neighbour')
    const { id, sizeBytes } = staged
    const handedBy = peer() ?? sender
    const packet = { staged, sender, handedBy, niceness, source, told: true, at: clock.now() }
    const outcome = await spool.inbox.commit(packet)
    if (outcome === 'duplicate') await this.#cameAgain(id)
    tally.add(tally.received, sizeBytes)
    say([{ kind: 'finish', id }])
    if (outcome === 'duplicate') return
    log.info('a packet was taken in', { packetId: id, sender, sizeBytes })
    context.arrived()
  }

  /** What is said on the line reaches who handed it over; its sender may have sent it again for want of a receipt. */
  async #cameAgain(id: PacketId): Promise<void> {
    await this.#options.context.spool.receipts.again(id)
  }

  async #isBad(offer: SessionOffer, reason: string): Promise<void> {
    const { context, source } = this.#options
    const { id: name, sizeBytes } = offer
    await context.spool.quarantine.note({ name, reason, source, sizeBytes, at: context.clock.now() })
    this.#refuse(offer, reason)
  }

  /** Stays with the peer, and is not asked for again. */
  #refuse({ id, sizeBytes }: SessionOffer, reason: string): void {
    const { context, tally } = this.#options
    const [oldest] = context.refused
    if (oldest !== undefined && context.refused.size >= context.limits.refusedMax) context.refused.delete(oldest)
    context.refused.add(id)
    tally.left += 1
    context.log.warn('a packet is not taken from a neighbour', { packetId: id, sizeBytes, reason })
  }
}

/** The first bytes of a packet, enough for its header. */
async function beginningOf(staged: Staged): Promise<Uint8Array> {
  for await (const chunk of staged.read()) return chunk
  throw new OperatingError('A packet that was just received is empty.', { code: 'body-missing', retry: 'later' })
}
