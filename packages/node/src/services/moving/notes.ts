/** Something that could not be taken over, or is done in another way here. */
export interface MovingNote {
  /** Where it stands: `neigh.bob.addrs.mesh`. */
  readonly what: string
  /** For people: why, and what to do. Holds no secret. */
  readonly why: string
}
