import type { PacketId } from '../ids.ts'
import { SessionFault } from './fault.ts'
import type { SessionOffer } from './types.ts'

interface Request {
  readonly sizeBytes: number
  /** Of the next byte that we lack. */
  nextBytes: number
  /** Requested anew or halted: what was under way still comes, and is no fault. */
  renewed: boolean
  complete: boolean
}

/** What the other side offered, and how far each packet that we requested has come. */
export class TheirOffers {
  readonly #offersMax: number
  readonly #offers = new Map<PacketId, SessionOffer>()
  readonly #requests = new Map<PacketId, Request>()
  /** Finished while bytes of them may have been under way. */
  readonly #finishedEarly = new Set<PacketId>()

  constructor(offersMax: number) {
    this.#offersMax = offersMax
  }

  /** INFO. False when it is known. Throws SessionFault `bad-size` when its size changed, or `too-many-offers`. */
  add(offer: SessionOffer): boolean {
    const known = this.#offers.get(offer.id)
    if (known !== undefined) {
      if (known.sizeBytes === offer.sizeBytes) return false
      throw new SessionFault('bad-size', 'a packet was offered with two sizes')
    }
    if (this.#offers.size + this.#finishedEarly.size >= this.#offersMax) {
      throw new SessionFault('too-many-offers', `more than ${this.#offersMax} packets are offered`)
    }
    this.#offers.set(offer.id, offer)
    return true
  }

  /** INFO with all of its packet. False while that is being received: it is a FILE like others. Throws as `add`. */
  push(offer: SessionOffer): boolean {
    if (this.#requests.has(offer.id)) return false
    this.add(offer)
    return true
  }

  /** Throws RangeError for what was not offered or has no such offset. */
  request(id: PacketId, offsetBytes: number): void {
    const sizeBytes = this.#offers.get(id)?.sizeBytes
    if (sizeBytes === undefined) throw new RangeError('a request for what was not offered')
    if (!(Number.isSafeInteger(offsetBytes) && offsetBytes >= 0 && offsetBytes <= sizeBytes)) {
      throw new RangeError('a request for an offset that the packet does not have')
    }
    const renewed = this.#finishedEarly.delete(id) || this.#requests.has(id)
    this.#requests.set(id, { sizeBytes, nextBytes: offsetBytes, renewed, complete: false })
  }

  /** FILE. What of `bytes` is new, with its offset; `undefined` when nothing is and that is no fault. */
  take(id: PacketId, offsetBytes: number, bytes: Uint8Array): { offsetBytes: number; bytes: Uint8Array } | undefined {
    const request = this.#requests.get(id)
    if (request === undefined && this.#finishedEarly.has(id)) return undefined
    if (request === undefined) throw new SessionFault('unasked', 'a packet came that was not requested')
    const end = offsetBytes + bytes.length
    if (end > request.sizeBytes) throw new SessionFault('bad-offset', 'a packet is larger than was announced')
    const next = request.nextBytes
    if (offsetBytes !== next && !request.renewed) throw new SessionFault('bad-offset', 'a packet comes with gaps')
    if (request.complete || offsetBytes > next || (offsetBytes < next && end <= next)) return undefined
    request.nextBytes = end
    request.complete = end === request.sizeBytes
    if (request.complete && !request.renewed) this.#requests.delete(id)
    return { offsetBytes: next, bytes: bytes.subarray(next - offsetBytes) }
  }

  /** Throws RangeError for what was not offered. */
  finish(id: PacketId): void {
    if (!this.#offers.delete(id)) throw new RangeError('nothing to finish: it was not offered')
    if (this.#requests.delete(id)) this.#finishedEarly.add(id)
  }

  halt(): void {
    for (const request of this.#requests.values()) request.renewed = true
  }
}
