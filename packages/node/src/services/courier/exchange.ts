/** One exchange with one folder, and what its phases share. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { AssertionError } from '../../base/assert.ts'
import { abortError, type Clock } from '../../base/clock.ts'
import { isAbort, messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { ParcelTransport } from '../../links/transport.ts'
import type { Directory, PacketFolder } from '../../stores/directory/directory.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import type { KnownRoads } from './known-roads.ts'
import type { CourierLimits } from './limits.ts'
import type { WireOptions } from './lines/context.ts'
import type { FolderMemory } from './memory.ts'
import type { SyncProgress, Tally } from './report.ts'

export interface CourierOptions {
  readonly spool: Spool
  readonly directory: Directory
  readonly self: NodeId
  /** The first one whose scheme is that of the folder's URL carries it. */
  readonly transports: readonly ParcelTransport[]
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<CourierLimits>
  /** Resolves when every packet taken in so far was opened or set aside: its ack can then ride on the same medium. */
  readonly settled: (signal: AbortSignal) => Promise<void>
  /** A hint: the inbox has something. */
  readonly arrived: () => void
  /** The packet came again, so its ack to the one who brought it may have been lost: queue it once more. */
  readonly onDuplicate: (id: PacketId, handedBy: NodeId) => Promise<void>
  /** A neighbour was in touch: a line was made, or a sync took in something of it. */
  readonly met?: (neighbour: NodeId) => void
  /** Free bytes on the disk of the spool; where it is missing, the spool's own `disk-full` stops the taking in. */
  readonly freeBytes?: () => Promise<number>
  /** For calls; where it is missing, there are folders only. */
  readonly wires?: WireOptions
}

export interface Exchange extends Intake {
  readonly folder: PacketFolder
  readonly transport: ParcelTransport
  readonly at: URL
  readonly roads: KnownRoads
}

/** What taking in needs to know, wherever the packets lie. */
export interface Intake {
  readonly options: CourierOptions
  readonly limits: CourierLimits
  readonly folder: Pick<PacketFolder, 'name'>
  readonly signal: AbortSignal
  /** Nobody asked for it: be patient with files that may be unfinished and with acks that may be on their way. */
  readonly automatic: boolean
  readonly memory: FolderMemory
  /** A bundle is no road that could be known. */
  readonly roads?: KnownRoads
  readonly tally: Tally
  readonly log: Log
  readonly onProgress: (progress: SyncProgress) => void
}

/** Errors of the medium as a whole, after which nothing more can be done with it now. */
export function endsExchange(error: unknown): boolean {
  return error instanceof OperatingError && error.code === 'medium-gone'
}

/** Errors that concern one file or one directory on the medium: the others are gone on with. */
export function concernsOneFile(error: unknown): error is OperatingError {
  if (!(error instanceof OperatingError) || endsExchange(error)) return false
  return error.code.startsWith('medium-') || oneFileCodes.has(error.code)
}

const oneFileCodes = new Set(['changed-while-read', 'too-large', 'body-missing'])

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal)
}

/** An error as the report tells it; cancellation and broken invariants are thrown on. */
export function operatingErrorOf(error: unknown): OperatingError {
  if (isAbort(error) || error instanceof AssertionError) throw error
  if (error instanceof OperatingError) return error
  return new OperatingError(messageOf(error), {
    code: systemCode(error) ?? 'sync-failed',
    retry: 'later',
    cause: error,
  })
}
