/** Who receives which packet: two lines with the same neighbour must not fetch it twice. */
import type { PacketId } from '@posthorn/nncp'

export class Claims {
  readonly #sizes = new Map<PacketId, number>()
  readonly #released = new Set<() => void>()
  #bytes = 0

  /** Announced sizes of all that is being received. */
  get bytes(): number {
    return this.#bytes
  }

  /** `false` while another line has it. */
  take(id: PacketId, sizeBytes: number): boolean {
    if (this.#sizes.has(id)) return false
    this.#sizes.set(id, sizeBytes)
    this.#bytes += sizeBytes
    return true
  }

  /** It was committed, or is free for other lines. */
  release(id: PacketId): void {
    this.#bytes -= this.#sizes.get(id) ?? 0
    this.#sizes.delete(id)
    for (const tell of this.#released) tell()
  }

  /** Answers how to stop listening. */
  onRelease(tell: () => void): () => void {
    this.#released.add(tell)
    return () => this.#released.delete(tell)
  }
}
