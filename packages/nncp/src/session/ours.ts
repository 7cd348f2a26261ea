import type { PacketId } from '../ids.ts'
import { SessionFault } from './fault.ts'
import type { SessionOffer } from './types.ts'

/** What we offered, and how far each packet that the other side requested has been sent. */
export class OurOffers {
  readonly #offersMax: number
  readonly #sizes = new Map<PacketId, number>()
  /** Offset of the next byte that the other side waits for. */
  readonly #sending = new Map<PacketId, number>()

  constructor(offersMax: number) {
    this.#offersMax = offersMax
  }

  /** False when it is known or there are too many: then it is not to be sent. */
  add(offer: SessionOffer): boolean {
    if (this.#sizes.has(offer.id) || this.#sizes.size >= this.#offersMax) return false
    this.#sizes.set(offer.id, offer.sizeBytes)
    return true
  }

  /** FREQ. False for what we did not offer. */
  request(id: PacketId, offsetBytes: number): boolean {
    const sizeBytes = this.#sizes.get(id)
    if (sizeBytes === undefined) return false
    if (offsetBytes > sizeBytes) throw new SessionFault('bad-offset', 'a request behind the end of a packet')
    this.#sending.set(id, offsetBytes)
    return true
  }

  /** Whether these bytes are what the other side waits for. Throws RangeError when they pass the offered size. */
  send(id: PacketId, offsetBytes: number, chunkBytes: number): boolean {
    const sizeBytes = this.#sizes.get(id)
    if (sizeBytes === undefined || this.#sending.get(id) !== offsetBytes) return false
    const next = offsetBytes + chunkBytes
    if (next > sizeBytes) throw new RangeError('a chunk passes the size that was offered')
    if (next === sizeBytes) this.#sending.delete(id)
    else this.#sending.set(id, next)
    return true
  }

  /** DONE. False for what we did not offer. */
  finish(id: PacketId): boolean {
    this.#sending.delete(id)
    return this.#sizes.delete(id)
  }

  halt(): void {
    this.#sending.clear()
  }
}
