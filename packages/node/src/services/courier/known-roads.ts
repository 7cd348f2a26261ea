import type { NodeId } from '@posthorn/nncp'

/**
 * Which folders lead to whom, as far as this process has seen: packets of a neighbour came by them. Nothing is lost
 * with it. What is kept for nobody once it was copied (acknowledgements) would else be kept for nobody when the first
 * folder at hand was one that leads elsewhere; and so again with each duplicate that asks for it.
 */
export class KnownRoads {
  readonly #folders = new Map<NodeId, Set<string>>()

  came(from: NodeId, folder: string): void {
    this.#folders.set(from, (this.#folders.get(from) ?? new Set()).add(folder))
  }

  /** Whether a copy in this folder is as good as any that can be made. */
  mayLeadTo(neighbour: NodeId, folder: string): boolean {
    return this.#folders.get(neighbour)?.has(folder) ?? true
  }

  /** It cannot be written to: what came by it is answered by other ways. */
  takesNothing(folder: string): void {
    for (const [neighbour, folders] of this.#folders) {
      if (folders.delete(folder) && folders.size === 0) this.#folders.delete(neighbour)
    }
  }

  /** Folders or neighbours may be no more: nothing may wait for what will never be there again. */
  forget(): void {
    this.#folders.clear()
  }
}
