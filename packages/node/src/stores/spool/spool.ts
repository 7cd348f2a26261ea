/**
 * The spool: the durable store of packets on their way in or out.
 *
 * It promises: what a resolved `commit…` or `finish` said is on the disk and survives a power cut; several packets
 * committed together are there all or none; a packet is never in the spool with bytes that are not its hash. On a full
 * or broken disk it rejects with `disk-full` or `disk-failed` (retry `later`), and nothing of it is kept. Bodies above
 * `inlineBytesMax` are files; smaller ones live in the database.
 */
import type { AreaMessageId, NodeId, PacketId } from '@posthorn/nncp'
import type { Lending } from '../../base/read-ahead.ts'
import type { Envelope, Excerpt, Waiting } from './envelope.ts'
import type { Custody, NewCustody, OwedReceipt, Receipts } from './keeping.ts'
import type { PacketCame, PacketLeft } from './passages.ts'
import type { Passing } from './passing.ts'
import type { PacketRelay, Recalls } from './recall.ts'
import type { RelayedPacket, Tombstones } from './tombstone.ts'
import type { HandedBy } from './tracking.ts'
import type { AskedAgain, Moving, Scrub, SpoolCount } from './upkeep.ts'

/** Bytes that can be read several times and from any offset. */
export interface Body {
  readonly sizeBytes: number
  /** Yields chunks of at most 128 KiB from `startBytes` on; they may be kept unless `how` lets them be lent. */
  read(startBytes?: number, how?: Lending): AsyncIterable<Uint8Array>
}

/**
 * Unfinished bytes on their way into the spool. Whoever began it ends it: commit or discard. Lost at a crash, and spent
 * by a commit that rejected.
 */
export interface Staged extends Body {
  /** MTH hash of the bytes as kept. */
  readonly id: PacketId
  /** What it wraps, staged as well: committed with it where that is kept, and discarded with it. */
  readonly inner: Staged | undefined
  /** Forgets the bytes. Harmless after a commit. */
  discard(): Promise<void>
}

/** Working space for a letter that is still being taken in: readable often, gone after `discard` or a restart. */
export interface Scratch extends Body {
  discard(): Promise<void>
}

export interface StageOptions {
  readonly signal: AbortSignal
  /** More bytes than this end the stream with an OperatingError `too-large`, retry `never`. */
  readonly sizeBytesMax: number
  /** See `Staged.inner`; called when the source has ended. */
  readonly inner?: () => Staged
}

/** What an outbound packet is for; decides what may happen to it when a copy has been made. */
export type OutboundKind = 'letter' | 'ack' | 'relayed' | 'relayed-ack'

/** Acks are not acknowledged: they leave with their first durable copy. A duplicate asks for one that was lost. */
export function isNotAwaited(kind: OutboundKind): boolean {
  return kind === 'ack' || kind === 'relayed-ack'
}

export interface NewOutbound {
  readonly staged: Staged
  /** The neighbour that gets it next. */
  readonly nextHop: NodeId
  /** The node whose keys open the innermost packet; `nextHop` unless there are relays. */
  readonly destination: NodeId
  readonly niceness: number
  readonly kind: OutboundKind
  /** Of a letter, for the log and for `track`; else null. */
  readonly messageId: string | null
  /** Of an ack: the packet it acknowledges, so that the same ack for a node is never queued twice at a time. */
  readonly acknowledges: PacketId | null
  /** Of a letter: so that its sender can be told when it can never leave. */
  readonly envelope?: Envelope
  /** Of a letter: what its report will bring back. */
  readonly excerpt?: Excerpt
  /** Of a report: its name. One of the same name is not committed again within a year. */
  readonly once?: string
  /** Of a letter whose node gives receipts: it stays in custody until then. It has an envelope. */
  readonly custody?: NewCustody
  /** Of one that is passed on; remembered for `relayed`. */
  readonly relays?: RelayedPacket
  /** The packet as its destination will see it, when relays stand on its way; else it is this one. */
  readonly letter?: PacketId
  /** Whom it was wrapped for, so that they can be asked to drop it. */
  readonly wrappedFor?: readonly PacketRelay[]
  /** A letter of somebody here, with Message-ID and envelope: its journey begins with the commit. */
  readonly tracked?: boolean
  readonly at: number
}

/** A message of an area, and what was done with it here. */
export interface HeardMessage {
  /** The message's own name; where it cannot be read, and so not be proven, the hash of all its bytes. */
  readonly id: AreaMessageId | PacketId
  readonly passedOn: boolean
  readonly actedOn: boolean
  /** The packet that holds it while something is left to do: it waits in the inbox or was set aside. */
  readonly heldBy: PacketId | null
}

export interface OutboundPacket {
  readonly id: PacketId
  readonly nextHop: NodeId
  readonly destination: NodeId
  readonly niceness: number
  readonly kind: OutboundKind
  readonly messageId: string | null
  readonly envelope: Envelope | null
  /** The letter in custody that it carries. */
  readonly custody: PacketId | null
  readonly sizeBytes: number
  readonly at: number
  /** Position in the queue of its neighbour: a cursor for `page`. */
  readonly cursor: string
}

export interface QueueSummary {
  readonly nextHop: NodeId
  readonly packets: number
  readonly bytes: number
}

export interface AddedPackets {
  readonly packets: readonly OutboundPacket[]
  readonly mark: number
}

export interface Outbox {
  /**
   * All of them or none. A packet already there by id, or an ack whose like is already queued for the same node, is
   * skipped. A message of our own to an area is remembered with its copies.
   */
  commit(packets: readonly NewOutbound[], heard?: HeardMessage): Promise<void>
  /** The next packets for a neighbour after `cursor`, the lowest niceness and then the oldest first. */
  page(nextHop: NodeId, options: { after: string | null; limit: number }): Promise<readonly OutboundPacket[]>
  /**
   * What was committed for a neighbour after `mark`, the oldest first, however much waits already; and the mark to go
   * on from. Without a mark nothing: it says from when on.
   */
  added(nextHop: NodeId, options: { mark: number | null; limit: number }): Promise<AddedPackets>
  get(id: PacketId): Promise<OutboundPacket | undefined>
  /** The packets by which a letter waits to leave, and the media on which copies of them were put. */
  ofLetter(letter: PacketId): Promise<readonly (OutboundPacket & { readonly copies: readonly string[] })[]>
  /** To send or to copy it: from now on it may have left. `undefined` when the packet has left meanwhile. */
  open(id: PacketId): Promise<Body | undefined>
  /** A durable copy of the packet now exists on a medium. */
  copied(id: PacketId, medium: string, at: number): Promise<void>
  /**
   * The packet's next hop took custody: it leaves the outbox for ever. `from` must be its `nextHop` or `destination`,
   * else nothing happens and the answer is false. Remembered for `wasAcknowledged`.
   */
  acknowledge(id: PacketId, from: NodeId, at: number, how?: HandedBy): Promise<boolean>
  /**
   * The packet leaves without an acknowledgement: an ack that was copied, or any packet for a neighbour that never
   * acknowledges. Of letters see `Waiting.handedOver`; for what leaves undelivered there is `Waiting.abandon`.
   */
  release(id: PacketId, at: number): Promise<void>
  /** Its place among those for its neighbour; what is sealed into it stays. `false` when it has left. */
  setNiceness(id: PacketId, niceness: number): Promise<boolean>
  /** Calls back after a packet was acknowledged or released. Returns the way to stop. */
  onLeft(listener: (packet: PacketLeft) => void): () => void
  /** Was this packet acknowledged by its next hop within the last year? Then copies of it on media may be deleted. */
  wasAcknowledged(id: PacketId): Promise<boolean>
  /** Per neighbour; kept up to date, not counted. */
  summary(): Promise<readonly QueueSummary[]>
  /** Where a packet of others went that was passed on within the last year, and whose `trns` packet it came in. */
  relayed(id: PacketId): Promise<{ readonly from: NodeId; readonly nextHop: NodeId } | undefined>
  /** What waits to be passed on; kept up to date, not counted. */
  relayedSummary(): Promise<{ packets: number; bytes: number }>
  /** One transaction: the packet leaves the outbox and is set aside with its reason; its body is kept. */
  quarantine(id: PacketId, options: { reason: string; at: number }): Promise<void>
}

export interface InboundPacket {
  readonly id: PacketId
  /** What the packet's cleartext header claims; proven only when it is opened. */
  readonly sender: NodeId
  /** The neighbour that brought it: the sender, or the last relay on the way from it. */
  readonly handedBy: NodeId
  readonly niceness: number
  readonly sizeBytes: number
  readonly receivedAt: number
  readonly attempts: number
  /** Who brought it was told over its line that it is here, and waits for no ack. */
  readonly told: boolean
  /** Where it waits: see `Inbox.due`. */
  readonly lane: string
  /** The road it came by: a folder's name, an address. */
  readonly source: string
}

interface Cursor {
  readonly cursor: number
}

export interface NewInbound {
  readonly staged: Staged
  readonly sender: NodeId
  /** The neighbour that brought it; where it is missing, its sender. */
  readonly handedBy?: NodeId
  readonly niceness: number
  /** The road it came by, for the log: a folder's name, an address. */
  readonly source: string
  /** Who brought it is told at once that it is here (DONE). Default false. */
  readonly told?: boolean
  readonly at: number
}

export interface SeenPacket {
  readonly sender: NodeId
  readonly at: number
  /**
   * `waiting`: still in the inbox; `taken`: opened, proven and acted on or kept; `refused`: set aside unopened or
   * unproven, or because we do not carry it. Custody is ours when it was taken, and only then.
   */
  readonly outcome: 'waiting' | 'taken' | 'refused'
}

export interface Inbox {
  /** `duplicate` when the packet is in the inbox or was seen before; the staged bytes are then discarded. */
  commit(packet: NewInbound): Promise<'new' | 'duplicate'>
  /** Calls back after a new packet was committed. Returns the way to stop. */
  onCame(listener: (packet: PacketCame) => void): () => void
  /**
   * Due packets, the least nice and then the oldest first. A packet that was due once stays due until it is put off
   * again; one that waits for a time more than a day ahead is due at once (the clock was set back: see `retryLater`).
   * Each lane is a queue of its own, so that slow work holds up nothing else; what comes in is in the lane ''.
   */
  due(now: number, limit: number, lane?: string): Promise<readonly InboundPacket[]>
  /** The lanes with due packets, without ''. */
  lanes(now: number): Promise<readonly string[]>
  /** The packet waits in this lane from now on. What was done of it already is committed with that. */
  assign(
    id: PacketId,
    lane: string,
    part?: { outbound: readonly NewOutbound[]; heard: HeardMessage | undefined },
  ): Promise<void>
  /** When the next packet that waits for another try is due; null when none waits. */
  nextDueAt(): Promise<number | null>
  open(id: PacketId): Promise<Body | undefined>
  /** One transaction: the packet leaves the inbox, is remembered as seen, and what answers it enters the outbox. */
  finish(
    id: PacketId,
    options: {
      at: number
      outbound: readonly NewOutbound[]
      heard?: HeardMessage | undefined
      receipt?: OwedReceipt | undefined
    },
  ): Promise<void>
  /**
   * Another try at `dueAt`, at most a day ahead: a later time is taken for that of a clock that was wrong. What was
   * done of it already is committed with that.
   */
  retryLater(
    id: PacketId,
    options: { dueAt: number; reason: string; outbound?: readonly NewOutbound[]; heard?: HeardMessage | undefined },
  ): Promise<void>
  /**
   * One transaction: the packet leaves the inbox and is set aside with its reason; its body is kept. It counts as seen,
   * with this outcome: `taken` when custody is ours.
   */
  quarantine(
    id: PacketId,
    options: {
      reason: string
      outcome: 'taken' | 'refused'
      at: number
      outbound: readonly NewOutbound[]
      heard?: HeardMessage | undefined
      receipt?: OwedReceipt | undefined
    },
  ): Promise<void>
  /** A message of an area, if it was heard within the last year. */
  heard(id: HeardMessage['id']): Promise<HeardMessage | undefined>
  /** Those that a neighbour brought, as they came in; `after`: the `cursor` of the last one known. */
  page(handedBy: NodeId, options: { after: number; limit: number }): Promise<readonly (InboundPacket & Cursor)[]>
  get(id: PacketId): Promise<InboundPacket | undefined>
  /** The packet leaves for good and counts as seen, `refused`: whoever handed it over keeps it, if it still has it. */
  remove(id: PacketId, at: number): Promise<void>
  /**
   * Forgets that packets were seen, up to this time: should one be offered again, it is taken again. Answers how many,
   * and with `dryRun` changes nothing.
   */
  forgetSeen(which: { sender: NodeId | null; until: number; dryRun: boolean }): Promise<number>
  /** Seen, or in the inbox and so about to be. */
  seen(id: PacketId): Promise<SeenPacket | undefined>
  summary(): Promise<{ packets: number; bytes: number }>
}

/** Something that was set aside, for a person to look at. */
export interface QuarantineEntry {
  readonly number: number
  /** Its hash or, where the bytes are not its hash, its name on the medium. */
  readonly name: string
  readonly reason: string
  /** The road it came by, or where the bytes lie when they were not taken in. */
  readonly source: string
  readonly sizeBytes: number
  readonly at: number
  /** Whether the spool holds its bytes. */
  readonly kept: boolean
}

export interface GoneBack {
  readonly id: PacketId
  readonly room: 'inbox' | 'outbox'
}

export interface Quarantine {
  /**
   * Notes something that stays where it is (a bad file on a stick). The same name, source and size is noted once. When
   * there are very many notes already (a stick full of rubbish), further ones are not kept.
   */
  note(entry: { name: string; reason: string; source: string; sizeBytes: number; at: number }): Promise<void>
  /** The latest first. */
  list(limit: number): Promise<readonly QuarantineEntry[]>
  count(): Promise<number>
  open(number: number): Promise<Body | undefined>
  remove(number: number): Promise<boolean>
  /**
   * One transaction: the packet is set aside no more and goes back where it was, into the inbox as if it had never been
   * seen, or into the outbox. `not-kept` when the spool does not hold its bytes, `undefined` when there is no such
   * number.
   */
  retry(number: number, at: number): Promise<GoneBack | 'not-kept' | undefined>
}

/** A packet that comes over a wire, piece by piece. Whoever opened it ends it: `finish`, `keep` or `discard`. */
export interface PartialPacket {
  /** What is here already: the wire goes on from there. */
  readonly offsetBytes: number
  /** The next bytes. They may be written later; that they could not is heard of at the latest from `finish`. */
  append(bytes: Uint8Array): Promise<void>
  /**
   * All bytes have come: hashes what is kept. `bad-hash` when they are not the packet, or not as many as announced;
   * they are then gone. What is answered is on the disk, but no part of the spool until a commit resolves; the
   * packet must not be opened again before that.
   */
  finish(): Promise<Staged | 'bad-hash'>
  /** The wire was cut: what came is on the disk for the next call. Little is not worth it and may be forgotten. */
  keep(): Promise<void>
  discard(): Promise<void>
}

export interface KeptPartial {
  readonly id: PacketId
  readonly sizeBytes: number
  /** When the last of it came. */
  readonly at: number
}

export interface Partials {
  /**
   * Begins to receive a packet, or goes on with what was kept of it. `undefined` while it is being received already.
   *
   * @param sizeBytes as the other end announced it.
   */
  open(id: PacketId, sizeBytes: number): Promise<PartialPacket | undefined>
  /** What waits for another call, the oldest first. */
  list(): Promise<readonly KeptPartial[]>
  /** The packet has come by another road. Harmless while it is being received. */
  forget(id: PacketId): Promise<void>
}

export interface Spool {
  readonly outbox: Outbox
  readonly waiting: Waiting
  readonly passing: Passing
  readonly custody: Custody
  readonly receipts: Receipts
  readonly inbox: Inbox
  /** Bounded: when much is kept, the oldest goes. */
  readonly partials: Partials
  readonly quarantine: Quarantine
  readonly tombstones: Tombstones
  readonly recalls: Recalls
  readonly moving: Moving
  readonly scrub: Scrub
  readonly asked: AskedAgain
  /** Packet by packet: for people. */
  counts(): Promise<readonly SpoolCount[]>
  /** Reads `source` to its end, hashing what is kept. Not part of the spool, nor durable, until a commit resolves. */
  stage(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Staged>
  scratch(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Scratch>
  /**
   * From now on the files of packets that leave stay where they are, so that somebody can copy what a snapshot of the
   * database names. Call the answer, once or more, to let them go.
   */
  keepFiles(): () => Promise<void>
  /**
   * Forgets what is older than a year: seen packets, acknowledgements, messages of areas. Bounded work per call. The
   * year is counted in dates told by this call, one day at a time, so that a clock that is wrong makes nothing
   * forgotten: call it daily.
   */
  prune(now: number): Promise<void>
}
