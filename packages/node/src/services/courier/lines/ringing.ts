/** Calls that nobody has answered yet, at addresses that people gave. One found meanwhile does not wait for them. */
import type { NodeId } from '@posthorn/nncp'

export class Ringing {
  readonly #rings = new Set<{ readonly peer: NodeId; readonly giveUp: () => void }>()

  /** Answers what to do when it was answered, or is over. */
  begin(peer: NodeId, giveUp: () => void): () => void {
    const ring = { peer, giveUp }
    this.#rings.add(ring)
    return () => this.#rings.delete(ring)
  }

  giveUp(peer: NodeId): void {
    for (const ring of this.#rings) if (ring.peer === peer) ring.giveUp()
  }
}
