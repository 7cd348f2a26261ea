/**
 * Bounded work per sync. One look at a folder examines a limited number of entries; the next one skips those by name
 * only and goes on, until the end is reached and a new round begins. The place is a count, kept in memory: when entries
 * come and go in between some may be looked at twice or in the next round, none is missed for ever.
 */
export interface RoundPlace {
  /** Directories that were looked at to their end. */
  readonly directories: number
  /** Entries of the next directory that were looked at and are still there. */
  readonly entries: number
}

const start: RoundPlace = { directories: 0, entries: 0 }

export class Rounds {
  readonly #places = new Map<string, Map<string, RoundPlace>>()

  begin(root: string, what: string): RoundPlace {
    return this.#places.get(root)?.get(what) ?? start
  }

  interrupted(root: string, what: string, place: RoundPlace): void {
    const places = this.#places.get(root) ?? new Map<string, RoundPlace>()
    places.set(what, place)
    this.#places.set(root, places)
  }

  finished(root: string, what: string): void {
    const places = this.#places.get(root)
    places?.delete(what)
    if (places?.size === 0) this.#places.delete(root)
  }

  /** Is there more to look at under this root than the last sync did? */
  isOpen(root: string): boolean {
    return this.#places.has(root)
  }
}
