import type { FormatErrorCode } from '../errors.ts'
import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import type { NodeId, PacketId } from '../ids.ts'
import type { RandomSource, Suite } from '../suite.ts'
import type { SessionLimits } from './limits.ts'

export interface SessionOptions {
  readonly suite: Suite
  readonly random: RandomSource
  readonly identity: PrivateIdentity
  /** Initiator: whom we call; its noiseKey must not be null. Absent: responder. */
  readonly peer?: PublicIdentity
  /** Responder: who has this static key; `undefined` refuses the caller. */
  readonly peerOf?: (noiseKey: Uint8Array) => PublicIdentity | undefined
  /**
   * Take what the other side pushes. NNCP knows no such thing: for it, and without this, a FILE that nobody asked for
   * is a fault.
   */
  readonly pushes?: boolean
  readonly limits?: Partial<SessionLimits>
}

/** An encrypted packet that waits for the other side. */
export interface SessionOffer {
  readonly id: PacketId
  /** Of the whole encrypted packet. */
  readonly sizeBytes: number
  /** 1 to 255. */
  readonly niceness: number
}

/**
 * Why a session ended by itself. The codes are stable. Those of FormatError (`bad-magic`, `too-large`, `truncated`,
 * `bad-xdr`, `bad-type`, `bad-niceness`, `bad-size` …) mean what they mean there; the others:
 *
 * - `bad-handshake`: not made for our key, or not by who it says; with an initiator: the called node is another one
 * - `unknown-peer`: `peerOf` does not know the caller
 * - `bad-seal`: a message after the handshake that was altered, moved, repeated or left out
 * - `out-of-turn`: bytes when nothing may come yet, or packets that may not stand in the first message
 * - `unasked`: a FILE that was never requested
 * - `bad-offset`: a FILE that leaves a gap, repeats, or passes the announced size; a FREQ behind the end
 * - `too-many-offers`: a limit of ours
 * - `handshake-timeout`, `silence`: deadlines of ours
 */
export type SessionCloseCode =
  | FormatErrorCode
  | 'bad-handshake'
  | 'unknown-peer'
  | 'bad-seal'
  | 'out-of-turn'
  | 'unasked'
  | 'bad-offset'
  | 'too-many-offers'
  | 'handshake-timeout'
  | 'silence'

export type SessionEvent =
  /** To the wire, in order. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Responder only: the host answers with command `answer`. It may be a replay; see `connected`. */
  | { readonly kind: 'identified'; readonly peer: NodeId }
  /** Both sides are proven. A responder learns it from the first message after the handshake. */
  | { readonly kind: 'connected'; readonly peer: NodeId }
  /** INFO: once for each packet, until it is finished. To a responder perhaps before `connected`. */
  | { readonly kind: 'offered'; readonly offer: SessionOffer }
  /** FREQ for a packet that we offered. A later one for the same packet replaces it. */
  | { readonly kind: 'requested'; readonly id: PacketId; readonly offsetBytes: number }
  /** FILE that we requested, without gaps. May be empty. */
  | { readonly kind: 'chunk'; readonly id: PacketId; readonly offsetBytes: number; readonly bytes: Uint8Array }
  /** A packet that came whole behind its INFO, unasked; instead of `offered`. It may be requested all the same. */
  | { readonly kind: 'pushed'; readonly offer: SessionOffer; readonly bytes: Uint8Array }
  /** DONE for a packet that we offered: it has custody. */
  | { readonly kind: 'finished'; readonly id: PacketId }
  /** HALT: all that it requested is withdrawn. */
  | { readonly kind: 'halted' }
  | { readonly kind: 'pinged' }
  /** The last event; the machine takes nothing more. */
  | { readonly kind: 'closed'; readonly code: SessionCloseCode; readonly reason: string }

export type SessionCommand =
  /** Initiator: first message. */
  | { readonly kind: 'begin'; readonly offers: readonly SessionOffer[] }
  /** Responder, after `identified`: second message. */
  | { readonly kind: 'answer'; readonly offers: readonly SessionOffer[] }
  /** At any time; before the handshake is through they wait. Known ids and those above `offersMax` are passed over. */
  | { readonly kind: 'offer'; readonly offers: readonly SessionOffer[] }
  /**
   * Offers a packet and sends it without waiting for a request: all of its bytes, at most `pushBytesMax`. Only to a
   * side that takes pushes. Known ids and those above `offersMax` are passed over.
   */
  | { readonly kind: 'push'; readonly offer: SessionOffer; readonly bytes: Uint8Array }
  /** For an id that was offered. Again for the same id: from there anew, and what comes twice is cut away. */
  | { readonly kind: 'request'; readonly id: PacketId; readonly offsetBytes: number }
  /** Any size; passed over when the other side waits for no such bytes (any more), so that hosts may be late. */
  | { readonly kind: 'chunk'; readonly id: PacketId; readonly offsetBytes: number; readonly bytes: Uint8Array }
  /** We have custody of what was offered. */
  | { readonly kind: 'finish'; readonly id: PacketId }
  /** The other side shall send nothing that we requested so far. */
  | { readonly kind: 'halt' }

/**
 * One line. `now` is a clock in ms that never goes back. Nothing throws on what came from outside; commands that
 * contradict the session throw RangeError. After `closed` all answers are empty.
 */
export interface Session {
  /** Any piece of the stream. Keeps no reference to it. */
  receive(chunk: Uint8Array, now: number): SessionEvent[]
  /** Several commands at once share Noise messages: cheaper on the wire than one at a time. */
  command(command: SessionCommand | readonly SessionCommand[], now: number): SessionEvent[]
  /** To be called at `nextWakeAt` or later; does no harm earlier. */
  wake(now: number): SessionEvent[]
  /** 0 before the first call, which starts the clock of the handshake; null when there is nothing to wait for. */
  readonly nextWakeAt: number | null
}
