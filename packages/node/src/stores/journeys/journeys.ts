/**
 * The journeys: for each letter that was handed in here, and each of its recipients, the stations that it passed.
 *
 * It promises: a station is written in the commit of the fact that it tells of, so that neither is there without the
 * other; the same station told twice is one; a journey that has not ended is not forgotten, and one that has is
 * forgotten after the days that the operator chose, counted by the stores' calendar. What others tell is bounded, and
 * never makes a journey where none is. By which road a letter came to somebody here is noted in the commit of its
 * delivery, and kept for as many days. It fails as the database does; then nothing was noted.
 *
 * It claims no more than it was told: what it was told rests with whoever tells it, who has checked the evidence.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'

export type StationKind =
  /** Taken in here from its sender. */
  | 'accepted'
  /** Sealed for a node; evidence: the packet on its way, when relays stand on it and it is another than the letter. */
  | 'sealed'
  /** A copy lies on a medium. */
  | 'copied'
  /** The next node on the way took custody. */
  | 'handed'
  /** A relay says that it has it, and passes it on. */
  | 'passed'
  /** The node that it is for has it. */
  | 'arrived'
  /** In a mailbox. */
  | 'delivered'
  /** By an app, out of the mailbox. */
  | 'fetched'
  /** The reader's app says so. */
  | 'read'
  /** Its sender was told that it waits. */
  | 'delayed'
  /** Once more, by another road. */
  | 'resent'
  | 'failed'
  /** Given up, and back with its sender. */
  | 'returned'
  | 'expired'
  | 'recalled'
  /** Taken by another mail system. */
  | 'outside'
  /** Sent on from here to others, as its recipient wishes: a list, or somebody who forwards. */
  | 'forwarded'

export interface Station {
  readonly kind: StationKind
  /** By the clock of whoever saw it. */
  readonly at: number
  /** By ours, when we heard of it. Not given: `at`. */
  readonly heardAt?: number
  /** The node that it is about; null: this one. */
  readonly where: NodeId | null
  /** A medium, an address, a gateway. */
  readonly road?: string | null
  /** By which it is known: a packet, a receipt. */
  readonly evidence?: string | null
  /** For people: why. */
  readonly reason?: string | null
}

/** Whom a station is about; recipients are named as on the way. Without them: everybody that it is for. */
export type Travelling =
  | { readonly letter: PacketId; readonly recipients?: readonly string[] }
  | { readonly messageId: string; readonly sender: string; readonly recipients?: readonly string[] }

/** A letter of somebody here sets out, by one way. Told again, with other recipients too, it is the same message. */
export interface SettingOut {
  readonly messageId: string
  readonly sender: string
  /** As on the way. */
  readonly recipients: readonly string[]
  readonly at: number
}

/** It was sealed: its id is that of the packet as its destination sees it. */
export interface SealedLetter extends SettingOut {
  readonly letter: PacketId
  /** As it leaves here. */
  readonly packet: PacketId
  readonly destination: NodeId
}

export interface HeardStation extends Required<Station> {
  /** Greater than that of all before it: a cursor. */
  readonly number: number
  readonly letter: PacketId | null
}

/** What is known, at most: the furthest station that has evidence, or how it ended. */
export type JourneyState = Exclude<StationKind, 'delayed' | 'resent'>

export interface Journey {
  readonly messageId: string
  readonly sender: string
  readonly recipient: string
  readonly state: JourneyState
  /** In the order in which they were heard of here. */
  readonly stations: readonly HeardStation[]
  readonly letters: readonly { readonly id: PacketId; readonly destination: NodeId }[]
}

export interface StationNews {
  readonly station: HeardStation
  readonly of: readonly Pick<Journey, 'messageId' | 'sender' | 'recipient'>[]
}

export interface JourneysFound {
  /** Of one sender only. */
  readonly sender: string | null
  readonly limit: number
}

/** How a letter came to somebody here. */
export interface Arrival {
  /** Local user. */
  readonly user: string
  readonly messageId: string
  /** A medium, an address, `outside` for another mail system; null: it was written here. */
  readonly road: string | null
  /** The neighbour that brought it: its sender's node, or the last relay; null: none did. */
  readonly broughtBy: NodeId | null
  /** When this node had it, and when it came into the mailbox. */
  readonly takenInAt: number
  readonly at: number
}

/** What other stores in memory note, as the functions of `note.ts` do it for those on SQL. */
export interface JourneyNotes {
  noteSetOut(letter: SettingOut): void
  noteSealed(letter: SealedLetter): void
  noteStation(of: Travelling, station: Station): void
  /** It has left for one who never confirms. */
  noteLetGo(letter: PacketId): void
  /** With the delivery. Told again, by whatever road, the first counts. */
  noteArrival(arrival: Arrival): void
  /** Of somebody who does not live here any more. */
  forgetArrivals(user: string): void
}

export interface Journeys {
  /** Durable when it resolves, all or none: for those who have no commit of their own. */
  note(stations: readonly (readonly [Travelling, Station])[]): Promise<void>
  /** Durable when it resolves: a letter set out, and came to this for all of these recipients before it left here. */
  noteHere(letter: SettingOut, station: Station): Promise<void>
  ofMessage(messageId: string, options: JourneysFound): Promise<readonly Journey[]>
  /** Of the last message of a sender, or of anybody. */
  last(options: JourneysFound): Promise<readonly Journey[]>
  /** Of the last messages of a sender, the latest first; of one message in no order. */
  ofSender(sender: string, limit: number): Promise<readonly Journey[]>
  /** The latest first. */
  ofRecipient(recipient: string, options: JourneysFound): Promise<readonly Journey[]>
  ofLetter(letter: PacketId): Promise<readonly Journey[]>
  /** What was heard after a cursor, the oldest first, and the cursor to go on from. Without one: from now on. */
  news(cursor: number | null, limit: number): Promise<{ news: readonly StationNews[]; cursor: number }>
  /** A hint when there is news. Returns the way to stop. */
  onNews(listener: () => void): () => void
  /** How these came to somebody here, as far as it is known. */
  arrivals(user: string, messageIds: readonly string[]): Promise<readonly Arrival[]>
  /** Forgets what ended or came so many days ago; 0: everything. Bounded work per call. */
  prune(keepDays: number): Promise<void>
}
