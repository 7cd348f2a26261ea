/** What the spool offers to those who move it, count it and look after it. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { InboundPacket, NewOutbound } from './spool.ts'

export interface SeenId {
  readonly id: PacketId
  readonly sender: NodeId
}

/** A node that moves in from another program with its spool, or out to it. */
export interface Moving {
  /**
   * Commits a packet of the other program's outbox, once: not again within a year, though it has left since. Else an
   * interrupted move that is taken up again would send it twice.
   */
  takeOver(packet: NewOutbound): Promise<'new' | 'duplicate'>
  /** Would `takeOver` answer `duplicate`? */
  isTakenOver(id: PacketId): Promise<boolean>
  /** The other program has dealt with these: they count as seen. Answers how many were news. One transaction. */
  remember(packets: readonly SeenId[], at: number): Promise<number>
  /** All of the inbox, by id: also what waits for another try. */
  inbox(after: PacketId | null, limit: number): Promise<readonly InboundPacket[]>
  /** What was taken, and is remembered, by id. */
  seen(after: PacketId | null, limit: number): Promise<readonly SeenId[]>
}

export interface StoredBody {
  readonly id: PacketId
  readonly sizeBytes: number
}

/** `missing`: its file is not there, or was set aside; `gone`: nothing needs it any more. */
export type BodyState = 'sound' | 'damaged' | 'missing' | 'gone'

/** How far the reading of all bodies has come: kept, so that a node that runs for an hour a day gets round too. */
export interface ScrubRound {
  /** What was read last; null: all was. */
  readonly after: PacketId | null
  /** Days of the stores' calendar since it began. */
  readonly days: number
}

/** The bytes that the disk should still have. */
export interface Scrub {
  /** `undefined` before the first one. */
  round(): Promise<ScrubRound | undefined>
  /** A round begins today. */
  beginRound(): Promise<void>
  /** All is read up to this body; null: all of it is. */
  noteRound(after: PacketId | null): Promise<void>
  total(): Promise<{ packets: number; bytes: number }>
  /** The next bodies after this one, by their ids. */
  page(after: PacketId | null, limit: number): Promise<readonly StoredBody[]>
  /**
   * Reads all of it and takes its hash. `pace` is awaited with the bytes that were read. Rejects with `disk-failed`
   * when the disk says that it cannot read.
   */
  verify(id: PacketId, options: { signal: AbortSignal; pace: (bytes: number) => Promise<void> }): Promise<BodyState>
  /**
   * One transaction: nothing waits for these bytes any more, and the packet counts as never seen, so that it is taken
   * when somebody offers it again. It is noted in the quarantine; what is left of the bytes is kept beside, for a
   * person, until that note is removed. `false` when nothing needed them. What is `lost` is remembered to be asked for.
   */
  setAside(id: PacketId, options: { reason: string; at: number; lost?: LostPacket }): Promise<boolean>
}

/** A packet on its way in, and who may have it still. */
export interface LostPacket {
  readonly id: PacketId
  /** The node that made it, as its header says. */
  readonly sender: NodeId
  /** The one that brought it. */
  readonly handedBy: NodeId
  readonly sizeBytes: number
  readonly at: number
}

export interface AskedPacket extends LostPacket {
  /** Whether somebody was asked already. */
  readonly asked: boolean
  /** Those who answered that they have it no more. */
  readonly gone: readonly NodeId[]
}

/** Packets that were lost here, until they come again (`Inbox.commit`) or a person removes the note of them. */
export interface AskedAgain {
  /** For which nobody was asked today, by the stores' calendar. */
  due(limit: number): Promise<readonly AskedPacket[]>
  /** The oldest first. */
  list(limit: number): Promise<readonly AskedPacket[]>
  markAsked(ids: readonly PacketId[]): Promise<void>
  /** A node says that it has them no more. Answers those for which it was asked, and which are news. */
  noteGone(ids: readonly PacketId[], node: NodeId): Promise<readonly PacketId[]>
}

/** What waits, of one neighbour and niceness. */
export interface SpoolCount {
  readonly room: 'inbox' | 'outbox'
  /** Who gets it next, or brought it. */
  readonly neighbour: NodeId
  readonly niceness: number
  readonly packets: number
  readonly bytes: number
  readonly oldestAt: number
}
