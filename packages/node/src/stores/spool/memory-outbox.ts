import type { NodeId, PacketId } from '@posthorn/nncp'
import { Listeners } from '../../base/listeners.ts'
import { type Excerpt, wantsSuccess } from './envelope.ts'
import { spoolLimits } from './limits.ts'
import type { MemoryCustody, StoredLetter } from './memory-custody.ts'
import { addPassed } from './memory-passing.ts'
import { bytesOfStaged, hear, type MemoryState, memoryBody, setAside } from './memory-state.ts'
import type { PacketLeft } from './passages.ts'
import type { AddedPackets, Body, HeardMessage, NewOutbound, OutboundPacket, Outbox, QueueSummary } from './spool.ts'
import { type HandedBy, sealedLetter } from './tracking.ts'
import { kept } from './words.ts'

export interface StoredPacket extends OutboundPacket {
  readonly acknowledges: PacketId | null
  readonly bytes: Uint8Array
  readonly sequence: number
  readonly excerpt: Excerpt | undefined
  readonly day: number
  readonly letter: PacketId
  /** Of one that carries a letter in custody. */
  readonly road: string | null
  warned: boolean
  readonly copies: Set<string>
  /** Somebody read it, to send or to copy it. */
  opened: boolean
}

export class MemoryOutbox implements Outbox {
  readonly #state: MemoryState
  readonly #custody: MemoryCustody
  readonly #packets = new Map<PacketId, StoredPacket>()
  readonly #listeners = new Listeners<PacketLeft>()
  onHandedOver: () => void = () => {}
  #sequence = 0

  constructor(state: MemoryState, custody: MemoryCustody) {
    this.#state = state
    this.#custody = custody
  }

  /** What the commit of the twin consists of; the inbox needs it within its own. */
  insert(packets: readonly NewOutbound[]): void {
    const withBytes = packets.map(packet => ({ packet, bytes: bytesOfStaged(packet.staged) }))
    for (const { packet, bytes } of withBytes) {
      const {
        staged,
        acknowledges,
        envelope = null,
        excerpt,
        once,
        relays,
        letter = staged.id,
        wrappedFor = [],
        tracked: _,
        custody: taken,
        ...facts
      } = packet
      const acked = [...this.#packets.values()].some(
        other => other.acknowledges === acknowledges && other.destination === facts.destination,
      )
      if (this.#packets.has(staged.id) || (acknowledges !== null && acked)) continue
      if (once !== undefined && this.#state.reported.has(once)) continue
      if (once !== undefined) this.#state.reported.set(once, this.#state.calendar.today)
      this.#sequence += 1
      const cursor = `${facts.niceness}.${this.#sequence}`
      const sizeBytes = bytes.length
      const place = { id: staged.id, sequence: this.#sequence, cursor, acknowledges, bytes, sizeBytes }
      const day = this.#state.calendar.today
      const waits = { excerpt, day, warned: false, copies: new Set<string>(), opened: false }
      const custody = taken === undefined ? null : (staged.inner ?? staged).id
      const road = taken?.road.join(' ') ?? null
      this.#packets.set(staged.id, { ...facts, ...place, ...waits, envelope, letter, custody, road })
      if (taken !== undefined) {
        const tellsSuccess = envelope !== null && wantsSuccess(envelope)
        this.#custody.take(packet, taken, { sequence: this.#sequence, day, tellsSuccess })
      }
      const sealed = sealedLetter(packet)
      if (sealed !== undefined) this.#state.journeys?.noteSealed(sealed)
      for (const relay of wrappedFor) {
        this.#state.packetRelays.set(`${letter} ${relay.node} ${relay.packet}`, { ...relay, letter, day })
      }
      if (relays === undefined) continue
      const { nextHop } = facts
      this.#state.acknowledged.delete(staged.id)
      this.#state.relayed.set(relays.id, { from: relays.from, nextHop, packet: staged.id, day })
      if (relays.tells === true) addPassed(this.#state, { letter: relays.id, node: relays.from, at: packet.at })
    }
  }

  insertAgain(
    letter: StoredLetter,
    packet: { id: PacketId; road: string; nextHop: NodeId; at: number; bytes: Uint8Array },
  ): void {
    const { destination, niceness, messageId } = letter
    this.#sequence += 1
    const place = { sequence: this.#sequence, cursor: `${niceness}.${this.#sequence}`, sizeBytes: packet.bytes.length }
    const facts = { destination, niceness, messageId, kind: 'letter', envelope: null, letter: letter.id } as const
    const custody = letter.id
    const waits = { excerpt: undefined, day: this.#state.calendar.today, warned: false, copies: new Set<string>() }
    this.#packets.set(packet.id, {
      ...packet,
      ...place,
      ...facts,
      ...waits,
      opened: false,
      custody,
      acknowledges: null,
    })
  }

  async commit(packets: readonly NewOutbound[], heard?: HeardMessage): Promise<void> {
    this.insert(packets)
    hear(this.#state, heard)
  }

  async page(
    nextHop: NodeId,
    { after, limit }: { after: string | null; limit: number },
  ): Promise<readonly OutboundPacket[]> {
    const [niceness = 0, sequence = 0] = (after ?? '0.0').split('.').map(Number)
    return [...this.#packets.values()]
      .filter(packet => packet.nextHop === nextHop)
      .filter(packet => packet.niceness > niceness || (packet.niceness === niceness && packet.sequence > sequence))
      .sort((one, other) => one.niceness - other.niceness || one.sequence - other.sequence)
      .slice(0, limit)
      .map(packetOf)
  }

  async added(nextHop: NodeId, { mark, limit }: { mark: number | null; limit: number }): Promise<AddedPackets> {
    const since = mark ?? this.#sequence
    const found = [...this.#packets.values()]
      .filter(packet => packet.nextHop === nextHop && packet.sequence > since)
      .slice(0, limit)
    const last = found.length < limit ? this.#sequence : (found.at(-1)?.sequence ?? this.#sequence)
    return { packets: found.map(packetOf), mark: last }
  }

  async get(id: PacketId): Promise<OutboundPacket | undefined> {
    const packet = this.#packets.get(id)
    return packet === undefined ? undefined : packetOf(packet)
  }

  async ofLetter(letter: PacketId): Promise<readonly (OutboundPacket & { readonly copies: readonly string[] })[]> {
    const packets = [...this.#packets.values()].filter(packet => packet.letter === letter)
    return packets.map(packet => ({ ...packetOf(packet), copies: [...packet.copies].sort() }))
  }

  async open(id: PacketId): Promise<Body | undefined> {
    const packet = this.#packets.get(id)
    if (packet !== undefined) packet.opened = true
    return memoryBody(packet?.bytes)
  }

  async copied(id: PacketId, medium: string, at: number): Promise<void> {
    const packet = this.#packets.get(id)
    if (packet === undefined) return
    const road = kept(medium, spoolLimits.sourceLettersMax)
    packet.copies.add(road)
    this.#state.journeys?.noteStation({ letter: packet.letter }, { kind: 'copied', at, where: null, road })
  }

  async acknowledge(id: PacketId, from: NodeId, at: number, how?: HandedBy): Promise<boolean> {
    const packet = this.#packets.get(id)
    if (packet === undefined || (packet.nextHop !== from && packet.destination !== from)) return false
    const { letter, destination } = packet
    const station = { at, where: from, ...how }
    this.#state.journeys?.noteStation({ letter }, { ...station, kind: 'handed' })
    if (from === destination) this.#state.journeys?.noteStation({ letter }, { ...station, kind: 'arrived' })
    this.#handOver(packet, from, at)
    this.#state.acknowledged.set(id, this.#state.calendar.today)
    return true
  }

  async release(id: PacketId, at: number): Promise<void> {
    const packet = this.#packets.get(id)
    if (packet === undefined) return
    if (packet.custody === null) this.#state.journeys?.noteLetGo(packet.letter)
    this.#handOver(packet, packet.nextHop, at)
  }

  #handOver(packet: StoredPacket, to: NodeId, handedAt: number): void {
    const { id, sequence, messageId, envelope, at, custody, road, copies } = packet
    this.#packets.delete(id)
    const { nextHop, kind, sizeBytes } = packet
    this.#listeners.tell({ nextHop, kind, sizeBytes, since: at, at: handedAt })
    if (custody !== null) {
      this.#custody.handedOn(custody, { road: road ?? '', to, at: handedAt, onMedium: copies.size > 0 })
      return
    }
    if (envelope === null || !wantsSuccess(envelope)) return
    this.#state.handedOver.set(sequence, { sequence, messageId, envelope, at })
    this.onHandedOver()
  }

  onLeft(listener: (packet: PacketLeft) => void): () => void {
    return this.#listeners.add(listener)
  }

  async setNiceness(id: PacketId, niceness: number): Promise<boolean> {
    const packet = this.#packets.get(id)
    if (packet === undefined) return false
    this.#packets.set(id, { ...packet, niceness, cursor: `${niceness}.${packet.sequence}` })
    return true
  }

  async wasAcknowledged(id: PacketId): Promise<boolean> {
    return this.#state.acknowledged.has(id)
  }

  async summary(): Promise<readonly QueueSummary[]> {
    const sums = new Map<NodeId, QueueSummary>()
    for (const { nextHop, sizeBytes } of this.#packets.values()) {
      const { packets, bytes } = sums.get(nextHop) ?? { packets: 0, bytes: 0 }
      sums.set(nextHop, { nextHop, packets: packets + 1, bytes: bytes + sizeBytes })
    }
    return [...sums.values()].sort((one, other) => (one.nextHop < other.nextHop ? -1 : 1))
  }

  async relayed(id: PacketId): Promise<{ from: NodeId; nextHop: NodeId } | undefined> {
    const relayed = this.#state.relayed.get(id)
    return relayed && { from: relayed.from, nextHop: relayed.nextHop }
  }

  async relayedSummary(): Promise<{ packets: number; bytes: number }> {
    const packets = [...this.#packets.values()].filter(({ kind }) => kind === 'relayed' || kind === 'relayed-ack')
    return { packets: packets.length, bytes: packets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }

  /** Everything that waits here. */
  packets(): readonly StoredPacket[] {
    return [...this.#packets.values()]
  }

  damaged(id: PacketId, { reason, at }: { reason: string; at: number }): void {
    const packet = this.#packets.get(id)
    this.#packets.delete(id)
    const goesOn = this.#custody.damaged(id, packet?.custody ?? null, this.packets())
    if (packet === undefined || goesOn) return
    this.#state.journeys?.noteStation({ letter: packet.letter }, { kind: 'failed', at, where: null, reason })
  }

  /** Leaves no trace. */
  drop(id: PacketId): boolean {
    return this.#packets.delete(id)
  }

  async quarantine(id: PacketId, { reason, at }: { reason: string; at: number }): Promise<void> {
    const packet = this.#packets.get(id)
    if (packet === undefined) return
    this.#packets.delete(id)
    const goBack = (at: number) => {
      this.#sequence += 1
      const place = { sequence: this.#sequence, cursor: `${packet.niceness}.${this.#sequence}`, at }
      if (!this.#packets.has(id)) this.#packets.set(id, { ...packet, ...place })
      return { id, room: 'outbox' } as const
    }
    setAside(this.#state, { id, reason, source: 'outbox', at, bytes: packet.bytes, goBack })
  }
}

function packetOf(stored: StoredPacket): OutboundPacket {
  const { id, nextHop, destination, niceness, kind, messageId, envelope, custody, sizeBytes, at, cursor } = stored
  return { id, nextHop, destination, niceness, kind, messageId, envelope, custody, sizeBytes, at, cursor }
}
