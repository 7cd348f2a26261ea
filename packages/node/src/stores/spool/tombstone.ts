/** Packets that their senders took back: how they say so, and what came of it here. */
import type { NodeId, PacketId } from '@posthorn/nncp'

/** `arrived`: it has come by another road, and this copy is needed no more. */
export type DropReason = 'recalled' | 'expired' | 'arrived'

/** `late`: it had been taken in before. */
export type DropOutcome = 'dropped' | 'late'

/** The name of all of a packet, in the place of one of its recipients. */
export const wholePacket = ''

export interface NewTombstone {
  /** The packet, as its sender sealed it for this node, or wrapped it in a `trns` packet for it. */
  readonly letter: PacketId
  /** Who said so, proven. A tombstone concerns this node's own packets only, whatever it names. */
  readonly sender: NodeId
  readonly reason: DropReason
  /** Addresses as they stand in the packet, or `wholePacket`. */
  readonly recipients: readonly string[]
}

export interface Tombstone {
  readonly recipient: string
  readonly reason: DropReason
  /** The packet had come already when the tombstone came: something of it may have been done. */
  readonly wasHere: boolean
  /** Null: nothing was done by it yet. */
  readonly outcome: DropOutcome | null
}

/** Remembered for a year. */
export interface Tombstones {
  /** What is known stays as it is. `full` when the sender has as many here as it may; then none of these is kept. */
  put(tombstone: NewTombstone): Promise<'kept' | 'full'>
  /** Of a packet from this sender. */
  get(letter: PacketId, sender: NodeId): Promise<readonly Tombstone[]>
  /** What came of it; of what has an outcome already it stays. */
  conclude(tombstone: Pick<NewTombstone, 'letter' | 'sender' | 'recipients'>, outcome: DropOutcome): Promise<void>
  /**
   * One transaction: what was to be passed on leaves the outbox, if it came in a `trns` packet of this sender; its
   * copies on media may be taken off. `gone-on`: it has left for the next node before.
   */
  dropRelayed(letter: PacketId, sender: NodeId, at: number): Promise<'dropped' | RelayedOn | 'unknown'>
  /** One transaction: a packet of this sender that was taken and then set aside goes back into the inbox. */
  exhume(letter: PacketId, sender: NodeId, at: number): Promise<boolean>
}

/** A packet of others that went through this node. */
export interface RelayedPacket {
  /** Its own hash, however it was wrapped for the way on. */
  readonly id: PacketId
  /** Whose `trns` packet it came in. */
  readonly from: NodeId
  /** Its sender will be told that it passed. */
  readonly tells?: boolean
}

export interface RelayedOn {
  readonly nextHop: NodeId
  /** It was wrapped here once more, for a relay of our own. */
  readonly wrapped: boolean
}
