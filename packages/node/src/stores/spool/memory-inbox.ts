import type { NodeId, PacketId } from '@posthorn/nncp'
import { Listeners } from '../../base/listeners.ts'
import { spoolLimits } from './limits.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryReceipts } from './memory-receipts.ts'
import { bytesOfStaged, hear, type MemoryState, memoryBody, setAside } from './memory-state.ts'
import type { PacketCame } from './passages.ts'
import type { Body, HeardMessage, InboundPacket, Inbox, NewInbound, Partials, SeenPacket } from './spool.ts'
import { kept } from './words.ts'

interface Stored extends InboundPacket {
  readonly bytes: Uint8Array
  readonly sequence: number
  /** Null: now. */
  readonly dueAt: number | null
}

export class MemoryInbox implements Inbox {
  readonly #state: MemoryState
  readonly #outbox: MemoryOutbox
  readonly #receipts: MemoryReceipts
  readonly #partials: Pick<Partials, 'forget'>
  readonly #packets = new Map<PacketId, Stored>()
  readonly #listeners = new Listeners<PacketCame>()
  #sequence = 0

  constructor(state: MemoryState, outbox: MemoryOutbox, receipts: MemoryReceipts, partials: Pick<Partials, 'forget'>) {
    this.#state = state
    this.#outbox = outbox
    this.#receipts = receipts
    this.#partials = partials
  }

  onCame(listener: (packet: PacketCame) => void): () => void {
    return this.#listeners.add(listener)
  }

  async commit(packet: NewInbound): Promise<'new' | 'duplicate'> {
    const { staged, sender, handedBy = sender, niceness, at, told = false } = packet
    const bytes = bytesOfStaged(staged)
    await this.#partials.forget(staged.id)
    if (this.#seen(staged.id) !== undefined) {
      await staged.discard()
      return 'duplicate'
    }
    this.#state.asked.delete(staged.id)
    this.#sequence += 1
    const came = { sizeBytes: bytes.length, receivedAt: at, attempts: 0, told, lane: '' }
    const facts = { id: staged.id, sender, handedBy, niceness, ...came }
    const source = kept(packet.source, spoolLimits.sourceLettersMax)
    this.#packets.set(staged.id, { ...facts, source, bytes, sequence: this.#sequence, dueAt: null })
    this.#listeners.tell({ handedBy, sizeBytes: bytes.length, at })
    return 'new'
  }

  async due(now: number, limit: number, lane = ''): Promise<readonly InboundPacket[]> {
    this.#promote(now)
    return [...this.#packets.values()]
      .filter(packet => packet.dueAt === null && packet.lane === lane)
      .sort((one, other) => one.niceness - other.niceness || one.sequence - other.sequence)
      .slice(0, limit)
      .map(inboundOf)
  }

  async lanes(now: number): Promise<readonly string[]> {
    this.#promote(now)
    const due = [...this.#packets.values()].filter(packet => packet.dueAt === null && packet.lane !== '')
    return [...new Set(due.map(({ lane }) => lane))].sort()
  }

  async assign(id: PacketId, lane: string, part?: Parameters<Inbox['assign']>[2]): Promise<void> {
    const packet = this.#packets.get(id)
    if (packet === undefined) return
    this.#outbox.insert(part?.outbound ?? [])
    hear(this.#state, part?.heard)
    this.#packets.set(id, { ...packet, lane })
  }

  #promote(now: number): void {
    for (const packet of this.#packets.values()) {
      const { dueAt } = packet
      if (dueAt === null || (dueAt > now && dueAt <= now + spoolLimits.retryDelayMsMax)) continue
      this.#packets.set(packet.id, { ...packet, dueAt: null })
    }
  }

  all(): readonly InboundPacket[] {
    return [...this.#packets.values()].map(inboundOf)
  }

  async nextDueAt(): Promise<number | null> {
    const times = [...this.#packets.values()].map(({ dueAt }) => dueAt).filter(dueAt => dueAt !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  async open(id: PacketId): Promise<Body | undefined> {
    return memoryBody(this.#packets.get(id)?.bytes)
  }

  async finish(id: PacketId, options: Parameters<Inbox['finish']>[1]): Promise<void> {
    this.#leave(id, { ...options, outcome: 'taken' })
  }

  async retryLater(id: PacketId, options: Parameters<Inbox['retryLater']>[1]): Promise<void> {
    const { dueAt, outbound = [], heard } = options
    const packet = this.#packets.get(id)
    if (packet === undefined) return
    this.#outbox.insert(outbound)
    hear(this.#state, heard)
    this.#packets.set(id, { ...packet, dueAt: Math.floor(dueAt), attempts: packet.attempts + 1 })
  }

  async quarantine(id: PacketId, options: Parameters<Inbox['quarantine']>[1]): Promise<void> {
    const packet = this.#leave(id, options)
    if (packet === undefined) return
    const goBack = (receivedAt: number) => {
      this.#state.seen.delete(id)
      this.#sequence += 1
      const anew = { receivedAt, attempts: 0, told: false, lane: '', sequence: this.#sequence, dueAt: null }
      if (!this.#packets.has(id)) this.#packets.set(id, { ...packet, ...anew })
      return { id, room: 'inbox' } as const
    }
    const { reason, at } = options
    setAside(this.#state, { id, reason, source: packet.source, at, bytes: packet.bytes, goBack })
  }

  async heard(id: HeardMessage['id']): Promise<HeardMessage | undefined> {
    const heard = this.#state.heard.get(id)
    if (heard === undefined) return undefined
    const { day: _, ...facts } = heard
    return facts
  }

  async page(handedBy: NodeId, { after, limit }: { after: number; limit: number }) {
    return [...this.#packets.values()]
      .filter(packet => packet.handedBy === handedBy && packet.sequence > after)
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, limit)
      .map(packet => ({ ...inboundOf(packet), cursor: packet.sequence }))
  }

  async get(id: PacketId): Promise<InboundPacket | undefined> {
    const packet = this.#packets.get(id)
    return packet && inboundOf(packet)
  }

  async remove(id: PacketId, at: number): Promise<void> {
    this.#leave(id, { at, outcome: 'refused', outbound: [] })
  }

  async forgetSeen(which: { sender: NodeId | null; until: number; dryRun: boolean }): Promise<number> {
    const { sender, until, dryRun } = which
    const fits = [...this.#state.seen].filter(
      ([, seen]) => seen.at <= until && (sender === null || seen.sender === sender),
    )
    if (!dryRun) for (const [id] of fits) this.#state.seen.delete(id)
    return fits.length
  }

  /** Everything that waits here. */
  packets(): readonly (InboundPacket & { readonly bytes: Uint8Array; readonly source: string })[] {
    return [...this.#packets.values()]
  }

  /** Leaves no trace. */
  drop(id: PacketId): boolean {
    return this.#packets.delete(id)
  }

  isSeen(id: PacketId): boolean {
    return this.#seen(id) !== undefined
  }

  async seen(id: PacketId): Promise<SeenPacket | undefined> {
    return this.#seen(id)
  }

  async summary(): Promise<{ packets: number; bytes: number }> {
    const packets = [...this.#packets.values()]
    return { packets: packets.length, bytes: packets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }

  #seen(id: PacketId): SeenPacket | undefined {
    const seen = this.#state.seen.get(id)
    if (seen !== undefined) return { sender: seen.sender, at: seen.at, outcome: seen.outcome }
    const waiting = this.#packets.get(id)
    return waiting && { sender: waiting.sender, at: waiting.receivedAt, outcome: 'waiting' }
  }

  #leave(id: PacketId, options: Omit<Parameters<Inbox['quarantine']>[1], 'reason'>): Stored | undefined {
    const { at, outcome, outbound, heard, receipt } = options
    const packet = this.#packets.get(id)
    if (packet === undefined) return undefined
    this.#outbox.insert(outbound)
    hear(this.#state, heard)
    this.#packets.delete(id)
    const day = this.#state.calendar.today
    this.#state.seen.set(id, { sender: packet.sender, at, outcome, day })
    if (receipt !== undefined) this.#receipts.owe({ id, sender: packet.sender, at, day }, receipt)
    return packet
  }
}

function inboundOf(stored: Stored): InboundPacket {
  const { id, sender, handedBy, niceness, sizeBytes, receivedAt, attempts, told, lane, source } = stored
  return { id, sender, handedBy, niceness, sizeBytes, receivedAt, attempts, told, lane, source }
}
