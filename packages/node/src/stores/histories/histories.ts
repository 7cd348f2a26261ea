/**
 * Histories: what passed between this node and each neighbour, day by day, for people to look at.
 *
 * It promises: what a resolved `add` was given is counted in, and a neighbour that goes takes its history with it.
 * Nothing else relies on these numbers: what is lost of them in a crash is lost. When the database fails it rejects.
 *
 * Bounded: a neighbour has at most `daysMax` days, and what is older than a year of the stores' calendar is forgotten.
 */
import type { NodeId } from '@posthorn/nncp'

export interface DayCounts {
  /** Lines that were made, and syncs of folders that brought something. */
  readonly contacts: number
  readonly sentPackets: number
  readonly sentBytes: number
  readonly receivedPackets: number
  readonly receivedBytes: number
  /** Of the packets sent: those with letters of people here. */
  readonly letters: number
  /** From their commit until the neighbour had them: of all letters together, and of the one that waited longest. */
  readonly waitedMs: number
  readonly waitedMsMax: number
}

export interface NeighbourDay extends DayCounts {
  /** Days since 1970, UTC, by the clock. */
  readonly date: number
}

export interface DayToAdd extends NeighbourDay {
  readonly neighbour: NodeId
}

export interface Histories {
  /** Adds to what is there of these days; nodes that are no neighbours are passed over. One transaction. */
  add(days: readonly DayToAdd[]): Promise<void>
  /** The latest `limit` days on which there was anything, the oldest first. */
  days(neighbour: NodeId, limit: number): Promise<readonly NeighbourDay[]>
  /** Forgets what is too old. Bounded work per call; call it daily. */
  prune(): Promise<void>
}
