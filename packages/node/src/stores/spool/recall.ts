/** Letters of ours that are taken back, and what those who may have them say. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Envelope } from './envelope.ts'
import type { NewOutbound } from './spool.ts'
import type { DropReason } from './tombstone.ts'

/** A relay on the road of a packet, and the id by which it knows what it passes on. */
export interface PacketRelay {
  readonly node: NodeId
  readonly packet: PacketId
}

/**
 * What came of it for a recipient. `kept`: it never left here. The others are the word of its destination: `awaited`,
 * it has not come and will be dropped when it does; `dropped`; `late`, it had been taken in before; `full`, nothing was
 * done.
 */
export type RecallAnswer = 'kept' | 'awaited' | 'dropped' | 'late' | 'full'

export interface NewRecall {
  readonly letter: PacketId
  readonly destination: NodeId
  readonly messageId: string
  readonly sender: string
  /** For whom it is taken back, as on the way. */
  readonly recipients: readonly string[]
  /** All whom the packet is for: when none of them is left it leaves the outbox. */
  readonly everybody: readonly string[]
  readonly reason: DropReason
  /** It is known that it has left. Else the spool knows whether it may have. */
  readonly hasLeft: boolean
  /** For those who may have it; not sent when nobody can. */
  readonly tombstones: readonly NewOutbound[]
  /** Whether its destination is among these, and which relays are. */
  readonly asksDestination: boolean
  readonly asksRelays: readonly PacketRelay[]
  readonly at: number
}

export interface RecalledLetter {
  readonly letter: PacketId
  readonly recipient: string
  readonly sender: string
  readonly destination: NodeId
  readonly reason: DropReason
  /** The media that it lay on. */
  readonly copies: readonly string[]
  readonly asked: boolean
  readonly answer: RecallAnswer | null
  readonly at: number
  readonly answeredAt: number | null
  readonly relays: readonly { readonly node: NodeId; readonly answer: string | null }[]
}

/** A packet of ours with a letter, that waits in the outbox. */
export interface OwnLetter {
  readonly letter: PacketId
  readonly destination: NodeId
  readonly sender: string
  readonly recipients: readonly string[]
  readonly niceness: number
}

/** One whose lifetime is over. */
export interface ExpiredLetter extends OwnLetter {
  /** As `Waiting.excerpt` has it. */
  readonly id: string
  readonly messageId: string | null
  readonly envelope: Envelope
  readonly at: number
}

export interface Recalls {
  /**
   * Letters that wait, in the outbox or in custody, for more whole days of the stores' calendar than their lifetime
   * has. The day on which one was accepted may have been short, and does not count.
   */
  expired(limit: number): Promise<readonly ExpiredLetter[]>
  /** What of a message waits here. Looks through the outbox. */
  waiting(messageId: string): Promise<readonly OwnLetter[]>
  /** For whom a letter in custody, or in a packet of the outbox, was taken back, as far as somebody heeds it. */
  takenFrom(id: string): Promise<readonly string[]>
  /** The relays that a letter was wrapped for, by whatever road. */
  relaysOf(letter: PacketId): Promise<readonly PacketRelay[]>
  /**
   * One transaction: the letter is taken back for these recipients. When nobody of `everybody` is left it leaves the
   * outbox, and copies of it on media may be taken off. Its sender is told nothing. Answers whether it never left.
   */
  take(recall: NewRecall): Promise<boolean>
  /** What was taken back of a message, or of one sender's; remembered for a year. */
  ofMessage(messageId: string, sender: string | null): Promise<readonly RecalledLetter[]>
  /**
   * One transaction: what a node says of a letter. Only the destination is believed, of what it was asked, and its last
   * word: `dropped` and `late` stay. Answers whether that was news.
   */
  answered(
    of: { readonly letter: PacketId; readonly from: NodeId; readonly recipients: readonly string[] },
    answer: Exclude<RecallAnswer, 'kept'>,
    how: { readonly at: number; readonly evidence: PacketId },
  ): Promise<boolean>
  /** The same of relays that were asked. */
  relayAnswered(relay: PacketRelay, answer: string): Promise<boolean>
}
