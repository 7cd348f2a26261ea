/** How many datagrams are looked at, of each sender and of all: a flood costs a look at a counter. */
import { lanLimits } from './limits.ts'

interface Bucket {
  left: number
  atMs: number
}

export class Budget {
  readonly #elapsed: () => number
  readonly #senders = new Map<string, Bucket>()
  readonly #all: Bucket

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
    this.#all = { left: lanLimits.allBurst, atMs: elapsed() }
  }

  /** Whether one more datagram of this sender is looked at. */
  take(sender: string): boolean {
    const { senderBurst, senderPerSecond, allBurst, allPerSecond, sendersMax } = lanLimits
    const now = this.#elapsed()
    // Counted anew; the budget of all still holds.
    if (this.#senders.size >= sendersMax && !this.#senders.has(sender)) this.#senders.clear()
    const own = this.#senders.get(sender) ?? { left: senderBurst, atMs: now }
    this.#senders.set(sender, own)
    return spend(own, now, senderBurst, senderPerSecond) && spend(this.#all, now, allBurst, allPerSecond)
  }
}

function spend(bucket: Bucket, now: number, burst: number, perSecond: number): boolean {
  bucket.left = Math.min(burst, bucket.left + ((now - bucket.atMs) * perSecond) / 1000)
  bucket.atMs = now
  if (bucket.left < 1) return false
  bucket.left -= 1
  return true
}
