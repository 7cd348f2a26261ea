/**
 * What moves now, over lines, on folders and in bundles: for people to watch. Counting costs a few additions for each
 * piece; what it looks like is computed when somebody looks.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { Hint } from '../../base/hint.ts'
import type { Amount } from './report.ts'

/** Of a rate half fades in about so long. */
const rateMs = 2000
/** After so long without a byte it is another stretch of work, counted from zero. */
const quietMs = 5000

export interface Flow extends Amount {
  readonly bytesPerSecond: number
  /** Of packets that are not where they should be yet. */
  readonly underwayBytes: number
  /** What is known to be still to come in this direction; null: that is not known. */
  readonly left: Amount | null
}

export interface Move {
  readonly kind: 'line' | 'folder' | 'bundle'
  /** Null where it is with many. */
  readonly neighbour: NodeId | null
  /** The address, the folder's name or the bundle's. */
  readonly road: string
  /** A line stays open when nothing moves. */
  readonly active: boolean
  readonly sending: Flow
  readonly receiving: Flow
}

/** One direction. The rate fades with time, so that a stop shows without anybody telling. */
class Meter {
  readonly #now: () => number
  readonly #moved: () => void
  #packets = 0
  #bytes = 0
  #finishedBytes = 0
  #faded = 0
  #at: number
  /** Set by who knows. */
  left: () => Amount | null = () => null

  constructor(now: () => number, moved: () => void) {
    this.#now = now
    this.#moved = moved
    this.#at = Number.NEGATIVE_INFINITY
  }

  bytes(bytes: number): void {
    const now = this.#now()
    // A clock that was set back begins anew as well.
    if (now - this.#at > quietMs || now < this.#at) this.#begin(now)
    this.#faded = this.#faded * this.#fading(now) + bytes
    this.#at = now
    this.#bytes += bytes
    this.#moved()
  }

  /** It is where it should be, and its bytes were counted. */
  packet(sizeBytes: number): void {
    this.#packets += 1
    this.#finishedBytes += sizeBytes
    this.#moved()
  }

  get isActive(): boolean {
    const since = this.#now() - this.#at
    return since >= 0 && since <= quietMs
  }

  read(): Flow {
    const active = this.isActive
    const bytesPerSecond = active ? Math.round((this.#faded * this.#fading(this.#now()) * 1000) / rateMs) : 0
    const underwayBytes = Math.max(0, this.#bytes - this.#finishedBytes)
    return { packets: this.#packets, bytes: this.#bytes, bytesPerSecond, underwayBytes, left: this.left() }
  }

  #begin(now: number): void {
    this.#at = now
    this.#packets = 0
    this.#bytes = 0
    this.#finishedBytes = 0
    this.#faded = 0
  }

  #fading(now: number): number {
    return Math.exp(-Math.max(0, now - this.#at) / rateMs)
  }
}

/** One line, sync or bundle under way. Whoever began it ends it. */
export interface Passage {
  neighbour: NodeId | null
  readonly sending: Meter
  readonly receiving: Meter
  end(): void
}

interface Underway extends Passage {
  readonly kind: Move['kind']
  readonly road: string
}

export class Traffic {
  readonly #clock: Pick<Clock, 'now'>
  readonly #passages = new Set<Underway>()
  /** Something moved, began or ended. */
  readonly moved = new Hint()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  begin(kind: Move['kind'], road: string): Passage {
    const meter = () =>
      new Meter(
        () => this.#clock.now(),
        () => this.moved.notify(),
      )
    const end = () => {
      this.#passages.delete(passage)
      this.moved.notify()
    }
    const passage: Underway = { kind, road, neighbour: null, sending: meter(), receiving: meter(), end }
    this.#passages.add(passage)
    return passage
  }

  /** Lines whose other end is not proven yet are left out. */
  moves(): readonly Move[] {
    return [...this.#passages]
      .filter(({ kind, neighbour }) => kind !== 'line' || neighbour !== null)
      .map(({ kind, neighbour, road, sending, receiving }) => {
        const active = sending.isActive || receiving.isActive
        return { kind, neighbour, road, active, sending: sending.read(), receiving: receiving.read() }
      })
  }
}

/** Progress that is told in sums, one phase after the other, as syncs and bundles tell it. */
export function followed(
  passage: Passage,
): (progress: {
  readonly phase: string
  readonly packets: number
  readonly bytes: number
  readonly packetsTotal: number | null
  readonly bytesTotal: number | null
}) => void {
  const before = new Map<Meter, { packets: number; bytes: number }>()
  return ({ phase, packets, bytes, packetsTotal, bytesTotal }) => {
    const meter = phase === 'putting-out' ? passage.sending : passage.receiving
    if (phase === 'retiring' || phase === 'opening') return
    const known = before.get(meter) ?? { packets: 0, bytes: 0 }
    if (bytes > known.bytes) meter.bytes(bytes - known.bytes)
    for (let more = packets - known.packets; more > 0; more -= 1) meter.packet(0)
    before.set(meter, { packets, bytes: Math.max(bytes, known.bytes) })
    if (bytesTotal === null) return
    const left = { packets: Math.max(0, (packetsTotal ?? packets) - packets), bytes: Math.max(0, bytesTotal - bytes) }
    meter.left = () => left
  }
}
