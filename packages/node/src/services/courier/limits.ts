import { assert } from '../../base/assert.ts'

/** Bounds of the courier, each with its unit. */
export interface CourierLimits {
  /** Larger packets stay on the medium. */
  readonly packetBytesMax: number
  /** What may wait in the inbox; more stays on the medium until that is opened. */
  readonly inboxBytesMax: number
  /** What taking in leaves free on the disk of the spool, where `freeBytes` tells. */
  readonly freeBytesMin: number
  /** Rows of the outbox that are read at a time. */
  readonly packetsPerPage: number
  /** Packets of one bundle: they are remembered until it is on its medium. */
  readonly bundledPacketsMax: number
  /** Packets on a medium that are put in order before they are taken in. */
  readonly sortedAtOnceMax: number
  /** Packets that are remembered for each folder, to not do a thing twice; beyond it the oldest are done again. */
  readonly rememberedMax: number
  /** Packets that may fail to be written, other than for want of room, before one sync stops writing. */
  readonly failuresMax: number
  /** Bad files that one report names. */
  readonly badReportedMax: number
  /** How long a sync waits for what it took in to be opened, so that the acks travel on the same medium. */
  readonly settleMsMax: number
  /** First pause before a packet that vanished from a folder unacknowledged is put there again by itself; doubles. */
  readonly recopyDelayMsMin: number
  readonly recopyDelayMsMax: number
  /** How long a file must stay as it is before a sync that nobody asked for calls it bad: it may still be written. */
  readonly suspectMs: number
  /** How often it is looked whether a folder that was let go of has gone. */
  readonly lookForGoneMs: number
  /** Copies on a medium that are counted for a person. */
  readonly contentsMax: number
  /** First pause after a sync that failed; doubles each time. */
  readonly retryDelayMsMin: number
  readonly retryDelayMsMax: number
}

/** What taking in leaves free on the disk, if nobody says otherwise. */
export const diskReserveBytes = 64 * 1024 ** 2

const courierLimits: CourierLimits = {
  packetBytesMax: 16 * 1024 ** 3,
  inboxBytesMax: 16 * 1024 ** 3,
  freeBytesMin: diskReserveBytes,
  packetsPerPage: 200,
  bundledPacketsMax: 500_000,
  sortedAtOnceMax: 256,
  rememberedMax: 100_000,
  failuresMax: 10,
  badReportedMax: 1000,
  settleMsMax: 60_000,
  recopyDelayMsMin: 60_000,
  recopyDelayMsMax: 86_400_000,
  suspectMs: 10_000,
  lookForGoneMs: 1000,
  contentsMax: 20_000,
  retryDelayMsMin: 2000,
  retryDelayMsMax: 60_000,
}

/** The defaults with some of them replaced; a value that is no whole number is a fault of the caller. */
export function courierLimitsWith(changes: Partial<CourierLimits>): CourierLimits {
  const limits = { ...courierLimits, ...changes }
  for (const [name, value] of Object.entries(limits)) {
    assert(Number.isSafeInteger(value) && value >= 0, `the courier limit ${name} is no whole number`)
  }
  assert(limits.packetsPerPage > 0, 'the courier limit packetsPerPage is zero')
  return limits
}
