/** What all lines of a node share. */
import type { NodeId, PacketId, PrivateIdentity, RandomSource, Suite } from '@posthorn/nncp'
import type { Clock } from '../../../base/clock.ts'
import type { Listeners } from '../../../base/listeners.ts'
import type { Log } from '../../../base/log.ts'
import type { Connection, StreamDialer } from '../../../links/transport.ts'
import type { Directory } from '../../../stores/directory/directory.ts'
import type { Spool } from '../../../stores/spool/spool.ts'
import type { CourierLimits } from '../limits.ts'
import type { Traffic } from '../traffic.ts'
import type { Claims } from './claims.ts'
import type { LineLimits } from './limits.ts'
import type { SharedRates } from './rates.ts'

/** What live lines need beyond folders. */
export interface WireOptions {
  readonly identity: PrivateIdentity
  readonly suite: Suite
  readonly random: RandomSource
  /** The first one whose scheme is that of an address calls it. */
  readonly dialers: readonly StreamDialer[]
  readonly limits?: Partial<LineLimits>
  /** What all lines together may take in and send; null: no bound. */
  readonly rates?: { readonly rxBytesPerSecond: number | null; readonly txBytesPerSecond: number | null }
  /** Callers that are no neighbours and say so. */
  readonly visitors?: Visitors
}

export interface Visitors {
  /** What they begin with; NNCP's sessions do not. */
  readonly magic: Uint8Array
  /** Takes the line over, with its first bytes unread, and closes it. */
  readonly answer: (connection: Connection) => Promise<void>
}

export interface LineContext {
  readonly spool: Spool
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Log
  readonly wires: WireOptions
  readonly limits: LineLimits
  readonly packetLimits: CourierLimits
  readonly claims: Claims
  readonly rates: SharedRates
  /** Packets that came and were none, or not for us: to ask for them again would never end. */
  readonly refused: Set<PacketId>
  readonly arrived: () => void
  readonly freeBytes: () => Promise<number>
  /** Those whose packets are taken in. */
  isKnown(id: NodeId): boolean
  /** Nothing is offered to it, whoever called. */
  isPaused(id: NodeId): boolean
  /** Which packets have another niceness from now on. */
  readonly raised: Listeners<{ readonly id: PacketId; readonly niceness: number }>
  /** A line with it is proven. */
  readonly met: (neighbour: NodeId) => void
  readonly traffic: Traffic
  /** Whether its card says that it takes packets unasked, with their offers. */
  takesPushes(id: NodeId): boolean
}
