/**
 * The roads a packet can take, as two kinds: streams (a wire) and parcels (a place where packets lie).
 *
 * A transport moves sealed packets and knows nothing of letters. It never decides what to send; the courier does.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'

export interface CallOptions {
  readonly signal: AbortSignal
}

/** Lets the courier plan without knowing names. */
export interface TransportTraits {
  /** Typical one-way delay. */
  readonly latencyMs: number
  readonly bytesPerSecond: number
  /** Nothing can come back by the same road. */
  readonly oneWay: boolean
}

/** A sealed packet to be put on a medium. */
export interface OutgoingParcel {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  /** Each chunk is valid until the next one is asked for. */
  read(): AsyncIterable<Uint8Array>
}

/** What becomes of a file on the medium once we know what it is. */
export type Settlement =
  /** We have it (or had it before): the medium need not carry it on. */
  | { readonly kind: 'taken' }
  /** Its bytes are not its hash: set it aside on the medium, where nobody will take it for a packet. */
  | { readonly kind: 'bad'; readonly reason: string }
  /** Leave it: another time. */
  | { readonly kind: 'left' }

/** Something that may be a packet for us, found on a medium. Nothing about it is proven: hash what you keep. */
export interface IncomingParcel {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  /**
   * Each chunk is valid until the next one is asked for.
   * Ends early, or throws OperatingError `changed-while-read` (retry later), when the file changes under the reader.
   */
  read(): AsyncIterable<Uint8Array>
  /** Rejects when the medium cannot be changed (read-only); the caller then remembers instead. */
  settle(outcome: Settlement): Promise<void>
}

export interface ParcelTransport {
  readonly kind: 'parcel'
  readonly scheme: string
  readonly traits: TransportTraits
  /** Durable on the medium when it resolves. `present` when a packet of that name and size is already there. */
  drop(parcel: OutgoingParcel, at: URL, options: CallOptions): Promise<'written' | 'present'>
  /** Packets for `recipient`, in no order that could be relied on; rubbish is passed over. */
  collect(recipient: NodeId, at: URL, options: CallOptions): AsyncIterable<IncomingParcel>
  /** Ids of packets from `sender` to `recipient` that lie on the medium; to retire copies of what was acknowledged. */
  placed(sender: NodeId, recipient: NodeId, at: URL, options: CallOptions): AsyncIterable<PacketId>
  /** Takes one of our own copies off the medium; harmless when it is gone. */
  retire(parcel: { sender: NodeId; recipient: NodeId; id: PacketId }, at: URL, options: CallOptions): Promise<void>
  /**
   * Yields at once when the medium is there, then soon after it appeared or something on it changed; several changes
   * may be one. Ends with the signal.
   */
  watch(at: URL, options: CallOptions): AsyncIterable<void>
  /** Is the medium there now? */
  ready(at: URL): Promise<boolean>
}

/** A wire that is open, both ways. Its bytes are hostile until a session has proven who sends them. */
export interface Connection {
  /** The other end as a URL, for the log; never a secret. */
  readonly remote: string
  /** What callers are limited by: connections of one origin count together. */
  readonly origin: string
  /** The address of this machine that the line uses, without zone; missing where it uses none. */
  readonly local?: string
  /**
   * What comes in, to be read once. Ends when the other end has closed, or we have. Throws OperatingError `line-broken`
   * (retry later) when the line was cut.
   */
  read(): AsyncIterable<Uint8Array>
  /**
   * Resolves when the wire is ready for more, not when the bytes have arrived. They must stay as they are.
   * @throws OperatingError `line-broken`.
   */
  write(bytes: Uint8Array): Promise<void>
  /** Lets out what was written, if the other end takes it soon, and closes. Never rejects; may be called twice. */
  close(): Promise<void>
}

/** Connections that come in. Each belongs to whoever took it out of here; those nobody took end with the listener. */
export interface Listener extends AsyncIterable<Connection> {
  /** Where it really listens. */
  readonly at: URL
  close(): Promise<void>
}

/** Something that can call. */
export interface StreamDialer {
  readonly kind: 'stream'
  readonly scheme: string
  readonly traits: TransportTraits
  /** @throws OperatingError `no-connection` (retry later), `bad-address` (retry never); AbortError with the signal. */
  dial(to: URL, options: CallOptions): Promise<Connection>
}

export interface StreamTransport extends StreamDialer {
  /** The signal cancels the opening only. @throws OperatingError `port-taken`, `port-forbidden`, `no-such-address`. */
  listen(at: URL, options: CallOptions): Promise<Listener>
}
