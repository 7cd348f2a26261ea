import type { NodeId, PacketId } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import type { MemoryCalendar } from '../database/memory-calendar.ts'
import type { JourneyNotes } from '../journeys/journeys.ts'
import type { LetterOnItsWay } from './envelope.ts'
import { spoolLimits } from './limits.ts'
import type { MemoryRecalls } from './memory-recalls.ts'
import type { MemoryTombstone } from './memory-tombstones.ts'
import type { PassedLetter } from './passing.ts'
import type { PacketRelay } from './recall.ts'
import type { Body, GoneBack, HeardMessage, QuarantineEntry, Staged } from './spool.ts'
import { chunksOfBytes } from './staged.ts'
import type { AskedPacket } from './upkeep.ts'
import { kept } from './words.ts'

/** What the rooms of the twin share. */
export interface MemoryState {
  readonly calendar: MemoryCalendar
  readonly journeys: JourneyNotes | undefined
  readonly acknowledged: Map<PacketId, number>
  readonly seen: Map<PacketId, { sender: NodeId; at: number; outcome: 'taken' | 'refused'; day: number }>
  readonly handedOver: Map<number, LetterOnItsWay>
  readonly reported: Map<string, number>
  readonly takenOver: Map<PacketId, number>
  readonly relayed: Map<PacketId, { from: NodeId; nextHop: NodeId; packet: PacketId; day: number }>
  readonly tombstones: Map<string, MemoryTombstone>
  readonly packetRelays: Map<string, PacketRelay & { letter: PacketId; day: number }>
  readonly recalls: MemoryRecalls
  readonly asked: Map<PacketId, Omit<AskedPacket, 'asked'> & { readonly day: number | null }>
  readonly heard: Map<string, HeardMessage & { day: number }>
  readonly quarantine: Map<number, QuarantineEntry & { readonly packet: MemoryKept | null }>
  quarantineNext: number
  passed: PassedLetter[]
  lastPassed: number
}

/** The bytes of a packet that was set aside, and how it goes back. */
export interface MemoryKept {
  readonly bytes: Uint8Array
  readonly goBack: (at: number) => GoneBack
}

export function hear(state: MemoryState, heard: HeardMessage | undefined): void {
  if (heard !== undefined) state.heard.set(heard.id, { ...heard, day: state.calendar.today })
}

export function setAside(
  state: MemoryState,
  packet: { id: PacketId; reason: string; source: string; at: number } & MemoryKept,
): void {
  const { id: name, source, at, bytes, goBack } = packet
  const reason = kept(packet.reason, spoolLimits.reasonLettersMax)
  const number = state.quarantineNext
  const entry = { number, name, reason, source, sizeBytes: bytes.length, at, kept: true }
  state.quarantine.set(number, { ...entry, packet: { bytes, goBack } })
  state.quarantineNext += 1
}

export class MemoryBytes implements Body {
  #bytes: Uint8Array | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get sizeBytes(): number {
    return this.bytes().length
  }

  bytes(): Uint8Array {
    assert(this.#bytes !== undefined, 'bytes were used after they were discarded')
    return this.#bytes
  }

  read(startBytes = 0): AsyncIterable<Uint8Array> {
    return chunksOfBytes(this.bytes(), startBytes)
  }

  async discard(): Promise<void> {
    this.#bytes = undefined
  }
}

export class MemoryStaged extends MemoryBytes implements Staged {
  readonly id: PacketId
  readonly inner: Staged | undefined

  constructor(bytes: Uint8Array, id: PacketId, inner?: Staged) {
    super(bytes)
    this.id = id
    this.inner = inner
  }

  override async discard(): Promise<void> {
    await super.discard()
    await this.inner?.discard()
  }
}

export function bytesOfStaged(staged: Staged): Uint8Array {
  assert(staged instanceof MemoryStaged, 'a commit was given bytes that this spool has not staged')
  return staged.bytes()
}

export function memoryBody(bytes: Uint8Array | null | undefined): Body | undefined {
  if (bytes === undefined || bytes === null) return undefined
  return { sizeBytes: bytes.length, read: (startBytes = 0) => chunksOfBytes(bytes, startBytes) }
}
