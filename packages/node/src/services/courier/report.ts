/** What a sync tells: while it runs, and when it is done. */
import type { OperatingError } from '../../base/errors.ts'
import type { CourierLimits } from './limits.ts'

export interface Amount {
  readonly packets: number
  readonly bytes: number
}

export interface SyncProgress {
  readonly phase: 'taking-in' | 'opening' | 'retiring' | 'putting-out'
  /** Done in this phase; the bytes of a packet count while they flow. */
  readonly packets: number
  readonly bytes: number
  /** What this phase will come to; null where nobody knows. */
  readonly packetsTotal: number | null
  readonly bytesTotal: number | null
}

/** Why packets for us stayed on the medium. Each is tried again at the next sync. */
export interface LeftReasons {
  /** From nobody we know: a stranger's packets are not taken in, and not touched. */
  unknownSender: number
  tooLarge: number
  /** The inbox or the disk has no room now. */
  noRoom: number
  /** Changed while it was read, could not be read, or may not be written to its end yet. */
  unfinished: number
}

export interface BadPacket {
  readonly name: string
  readonly reason: string
}

export interface SyncReport {
  /** The folder's name. */
  readonly folder: string
  readonly taken: Amount
  /** Packets that were here before; their acks were made again. */
  readonly duplicates: number
  /** Files that are not the packets they say; set aside on the medium where it can be written to. */
  readonly bad: readonly BadPacket[]
  readonly written: Amount
  /** Packets of ours that lay there already. */
  readonly present: number
  /** Packets of ours that lay there, were taken, and are not acknowledged yet; put there again after a while. */
  readonly awaited: number
  /** Copies taken off because their packets were acknowledged. */
  readonly retired: number
  readonly left: number
  readonly leftReasons: Readonly<LeftReasons>
  /** Did not fit. */
  readonly waiting: Amount
  /** For neighbours that are paused. */
  readonly held: Amount
  /** What stopped the sync, or a part of it; what is counted above was done nevertheless. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** A report in the making. */
export class Tally {
  readonly #folder: string
  readonly #limits: CourierLimits
  readonly #bad = new Map<string, BadPacket>()
  readonly taken = { packets: 0, bytes: 0 }
  readonly written = { packets: 0, bytes: 0 }
  readonly waiting = { packets: 0, bytes: 0 }
  readonly held = { packets: 0, bytes: 0 }
  duplicates = 0
  present = 0
  awaited = 0
  retired = 0
  left: LeftReasons = nothingLeft()
  error: OperatingError | undefined

  constructor(folder: string, limits: CourierLimits) {
    this.#folder = folder
    this.#limits = limits
  }

  add(amount: { packets: number; bytes: number }, sizeBytes: number): void {
    amount.packets += 1
    amount.bytes += sizeBytes
  }

  holds({ packets, bytes }: Amount): void {
    this.held.packets += packets
    this.held.bytes += bytes
  }

  bad(packet: BadPacket): void {
    if (this.#bad.size < this.#limits.badReportedMax) this.#bad.set(packet.name, packet)
  }

  /** Keeps the first: it is the cause of those that follow. */
  failed(error: OperatingError): void {
    this.error ??= error
  }

  /** A medium is looked at again in one sync: what is left then is all that is left. */
  lookAgain(): void {
    this.left = nothingLeft()
  }

  get moved(): boolean {
    return this.taken.packets + this.written.packets + this.retired + this.#bad.size > 0
  }

  report(): SyncReport {
    const { taken, written, waiting, held, duplicates, present, awaited, retired, left, error } = this
    return {
      folder: this.#folder,
      taken: { ...taken },
      duplicates,
      bad: [...this.#bad.values()],
      written: { ...written },
      present,
      awaited,
      retired,
      left: left.unknownSender + left.tooLarge + left.noRoom + left.unfinished,
      leftReasons: { ...left },
      waiting: { ...waiting },
      held: { ...held },
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    }
  }
}

function nothingLeft(): LeftReasons {
  return { unknownSender: 0, tooLarge: 0, noRoom: 0, unfinished: 0 }
}
