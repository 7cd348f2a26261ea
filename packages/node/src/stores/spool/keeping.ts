/**
 * Custody until receipt, as the spool offers it.
 *
 * A letter for a node that gives receipts stays with its sender from the commit that accepts it until the signed
 * receipt of that node came, whatever next hop or stick has taken its packets meanwhile. It is named by its *letter
 * id*: the hash of the packet as its destination sees it, which is the same on every road.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Envelope } from './envelope.ts'
import type { Ranges } from './ranges.ts'
import type { Body, NewOutbound, Staged } from './spool.ts'

/** What became of a letter for one recipient. Never goes back: see `Outcome` numbers, which only grow. */
export const outcomes = { delivered: 1, failed: 2, refused: 3, expired: 4, fetched: 5, recalled: 6 } as const
export type OutcomeName = keyof typeof outcomes

/** Undefined: to that recipient it was not delivered, or it is known that it was fetched. */
export function withFetched(before: Uint8Array, place: number): Uint8Array | undefined {
  if (before[place] !== outcomes.delivered) return undefined
  return before.with(place, outcomes.fetched)
}

/** Where a letter stands among those of its sender for one destination. */
export interface LetterNumber {
  /** Random, of the sender's database; another one after it was restored. */
  readonly series: string
  /** How often that database was restored: the series of the highest is the one that counts. */
  readonly generation: number
  /** From 1 on; some are never used. */
  readonly number: number
  /** Earlier numbers whose receipts had not come when this one was given: the latest of them. */
  readonly waiting: Ranges
  /** The sender's own calendar day. */
  readonly day: number
}

/** Of a new outbound packet whose letter stays in custody. */
export interface NewCustody {
  readonly number: LetterNumber
  /** Relays on its road, the nearest first. */
  readonly road: readonly NodeId[]
}

/** A letter of ours without receipt. */
export interface KeptLetter {
  /** A cursor. */
  readonly sequence: number
  readonly id: PacketId
  readonly destination: NodeId
  readonly niceness: number
  readonly messageId: string | null
  readonly envelope: Envelope
  readonly sizeBytes: number
  readonly at: number
  /** When another node first took it over; null: none has. */
  readonly handedOverAt: number | null
  /** Whether it can be sent again: the bodies of the oldest are let go of when they become too many. */
  readonly hasBody: boolean
  readonly roads: readonly TriedRoad[]
}

export interface TriedRoad {
  readonly road: readonly NodeId[]
  readonly tries: number
  /** Who took it over on this road. */
  readonly handedTo: NodeId | null
  /** A packet of it still waits in the outbox. */
  readonly waits: boolean
}

export interface CustodySummary {
  readonly destination: NodeId
  readonly letters: number
  /** Those of them that another node has taken over, and the bytes that are kept of these. */
  readonly handedOver: number
  readonly bytes: number
}

/** One letter in a batch of receipts. */
export interface ReceiptItem {
  readonly letter: PacketId
  /** A byte for each recipient, in the order of the packet's arguments. */
  readonly outcomes: Uint8Array
  /** By the clock of the node that gives it. */
  readonly at: number
}

/** A letter that a receipt has ended. */
export interface EndedLetter extends Pick<KeptLetter, 'id' | 'destination' | 'messageId'> {
  /** Everybody who took it over, also those on whose roads it may still be. */
  readonly handedTo: readonly NodeId[]
}

/** What a receipt said, for senders who are still to be told. */
export interface ReceiptNews extends Pick<KeptLetter, 'id' | 'destination' | 'messageId' | 'envelope' | 'at'> {
  readonly sequence: number
  readonly outcomes: Uint8Array
  /** The sender had been told that it was given up. */
  readonly afterAll: boolean
}

export interface Custody extends Receipted {
  /** The next number for a letter to a node. It counts when the letter's packet is committed. */
  number(destination: NodeId): Promise<LetterNumber>
  get(id: PacketId): Promise<KeptLetter | undefined>
  /** Those for a node in the order in which they were accepted. */
  page(destination: NodeId, options: { after: number; limit: number }): Promise<readonly KeptLetter[]>
  /** The packet as its destination sees it. */
  open(id: PacketId): Promise<Body | undefined>
  /** Per destination; kept up to date, not counted. */
  summary(): Promise<readonly CustodySummary[]>
  /** This node has run for so long since it said so last: by that silence is measured, not by clocks. */
  ran(ms: number): Promise<void>
  /** Those from which nothing was heard for longer than is usual on their road, the longest first. */
  silent(limit: number): Promise<readonly KeptLetter[]>
  /**
   * One transaction: a packet of the letter enters the outbox for another road, or the same again. `packet` is null
   * when it goes to its destination as it is. False when the letter has ended, or such a packet waits already.
   */
  sendAgain(
    id: PacketId,
    again: { packet: Staged | null; road: readonly NodeId[]; nextHop: NodeId; at: number },
  ): Promise<boolean>
  /** There is no other road to try now: it is looked at again when it was silent for as long once more. */
  waitOn(id: PacketId): Promise<void>
  /** Its destination has lost it: it is silent for long enough at once. `false` where its bytes are not kept for it. */
  hurry(id: PacketId, destination: NodeId): Promise<boolean>
  /** A packet of the letter leaves the outbox undelivered; the letter stays, and is sent by another road soon. */
  dropRoad(packet: PacketId): Promise<void>
  /** Bodies of letters that were handed over are kept up to this sum; beyond it the oldest go. Answers how many. */
  limitBodies(bytesMax: number): Promise<number>
  /** How many there are whose bodies were let go of, or were damaged: they cannot be sent again. */
  letGo(): Promise<number>
}

/** What receipts bring. */
export interface Receipted {
  /**
   * A proven batch of receipts from a node, one transaction: its letters leave custody and the outbox for good, on all
   * roads, and count as acknowledged. Of letters that were given up within the last year it is noted all the same, and
   * news if they arrived. Only letters for that node; the rest changes nothing, nor does the same again.
   */
  receipted(batch: {
    from: NodeId
    items: readonly ReceiptItem[]
    /** As signed, kept as evidence. */
    bytes: Uint8Array
    /** When it came. */
    at: number
  }): Promise<{ readonly ended: readonly EndedLetter[]; readonly unknown: number }>
  /** What is known to have become of a letter that was receipted within the last year, and the signed batch. */
  receipt(id: PacketId): Promise<(ReceiptItem & { readonly batch: Uint8Array }) | undefined>
  /** A hint, when there is news; to one listener. */
  onNews(listener: () => void): void
  news(limit: number): Promise<readonly ReceiptNews[]>
  forgetNews(sequences: readonly number[]): Promise<void>
}

/** A letter that came here, whose sender waits for a receipt. Committed with what ends its packet in the inbox. */
export interface OwedReceipt {
  readonly outcomes: Uint8Array
  readonly number: LetterNumber
}

/** A letter that came here, and that an app has fetched for one of its recipients. */
export interface FetchedHere {
  readonly letter: PacketId
  /** Who sent it. */
  readonly node: NodeId
  /** Of the recipient, among those of the packet, from 0 on. */
  readonly place: number
  readonly at: number
}

export interface OwedNode {
  readonly node: NodeId
  readonly letters: number
}

export interface Receipts {
  /** A hint, when a receipt is owed; to one listener. */
  onOwed(listener: () => void): void
  /** Nodes that are owed receipts. */
  owed(): Promise<readonly OwedNode[]>
  /** What the next packet for a node says: what is owed, and what stands in a packet that waits and has room. */
  next(node: NodeId, limit: number): Promise<readonly ReceiptItem[]>
  /** One transaction: the packet, which says this, enters the outbox, and takes the place of earlier ones. */
  commit(packet: NewOutbound, items: readonly ReceiptItem[]): Promise<void>
  /** The letter came again, so its receipt may be lost: it is owed once more. False: none was given. */
  again(id: PacketId): Promise<boolean>
  /** One transaction: what said `delivered` says `fetched`, and is owed once more. Again, it changes nothing. */
  fetched(letters: readonly FetchedHere[]): Promise<void>
  /** Nothing can be sent to this node: what it is owed is let go of, until its letters come again. */
  letGo(node: NodeId): Promise<void>
  /** Earlier letters of a node that are still on their way here, as far as its newest letter tells. */
  onTheirWay(sender: NodeId): Promise<number>
  /**
   * Whole days that have surely passed since the sender numbered this letter, on its calendar and then on ours: no
   * clock can make it more. 0 when nothing is known.
   */
  ageDaysMin(sender: NodeId, letter: Pick<LetterNumber, 'series' | 'day'>): Promise<number>
}
