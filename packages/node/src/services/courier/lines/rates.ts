/**
 * How fast a line may be: bytes and packets a second, each way, for the line itself and for all lines together.
 *
 * What was sent or received is paid for afterwards, by waiting. So a slow line is slow in small steps, and holds up
 * whoever is at the other end by not reading.
 */
import { chunkBytesMax, type SessionCommand } from '@posthorn/nncp'
import type { Clock } from '../../../base/clock.ts'
import type { LineBounds } from '../../../stores/directory/directory.ts'

/** Shorter waits are put off until they are worth a timer. */
const waitMsMin = 10
/** Bytes go in pieces of so much time. */
const pieceMs = 250

/** So many a second. Time that has passed unused is lost, so that no second ever sees more. */
export class Bucket {
  readonly perSecond: number
  #debt = 0
  #at: number

  constructor(perSecond: number, now: number) {
    this.perSecond = perSecond
    this.#at = now
  }

  /** Takes `amount` and answers how long to wait before the next. A clock that is set costs or wins nothing. */
  take(amount: number, now: number): number {
    const paid = (Math.max(0, now - this.#at) * this.perSecond) / 1000
    this.#at = now
    this.#debt = Math.max(0, this.#debt - paid) + amount
    return (this.#debt * 1000) / this.perSecond
  }
}

/** One direction of one line. */
export class Pace {
  readonly #clock: Clock
  readonly #bytes: readonly Bucket[]
  readonly #packets: Bucket | undefined

  constructor(clock: Clock, bytes: readonly Bucket[], packets: Bucket | undefined) {
    this.#clock = clock
    this.#bytes = bytes
    this.#packets = packets
  }

  /** What passes in a quarter of a second. */
  get pieceBytes(): number {
    const slowest = Math.min(...this.#bytes.map(({ perSecond }) => perSecond))
    return Math.max(1, Math.ceil((slowest * pieceMs) / 1000))
  }

  *pieces(bytes: Uint8Array): Generator<Uint8Array> {
    const step = this.pieceBytes
    for (let start = 0; start < bytes.length; start += step) yield bytes.subarray(start, start + step)
  }

  /** Waits for as long as this takes, or until the signal fires. */
  async spend(amount: { bytes: number; packets: number }, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    const waits = this.#bytes.map(bucket => bucket.take(amount.bytes, now))
    if (this.#packets !== undefined) waits.push(this.#packets.take(amount.packets, now))
    const waitMs = Math.max(0, ...waits)
    if (waitMs >= waitMsMin) await this.#clock.sleep(waitMs, signal).catch(() => undefined)
  }
}

/** For all lines of a node together. */
export interface SharedRates {
  readonly rx: Bucket | undefined
  readonly tx: Bucket | undefined
}

export interface Paces {
  readonly rx: Pace | undefined
  readonly tx: Pace | undefined
}

/** What one line has to keep to; undefined where nothing bounds it. */
export function pacesOf(clock: Clock, bounds: LineBounds, shared: SharedRates): Paces {
  const now = clock.now()
  const bucket = (perSecond: number | null) => (perSecond === null ? undefined : new Bucket(perSecond, now))
  const pace = (own: number | null, packetsPerSecond: number | null, common: Bucket | undefined) => {
    const bytes = [bucket(own), common].filter(found => found !== undefined)
    const packets = bucket(packetsPerSecond)
    return bytes.length === 0 && packets === undefined ? undefined : new Pace(clock, bytes, packets)
  }
  return {
    rx: pace(bounds.rxBytesPerSecond, bounds.rxPacketsPerSecond, shared.rx),
    tx: pace(bounds.txBytesPerSecond, bounds.txPacketsPerSecond, shared.tx),
  }
}

/** How many packets of the session protocol the chunks are cut into. */
export function packetsIn(commands: readonly SessionCommand[]): number {
  const packets = (command: SessionCommand) =>
    command.kind === 'chunk' || command.kind === 'push'
      ? Math.max(1, Math.ceil(command.bytes.length / chunkBytesMax))
      : 0
  return commands.reduce((sum, command) => sum + packets(command), 0)
}
