/** What became of a letter for one recipient, at the other side. */
export interface Verdict {
  readonly kind: 'done' | 'failed' | 'later'
  /** RFC 3463: `2.0.0`, `5.1.1`. */
  readonly status: string
  /** For people, one line without its line end. */
  readonly reason: string
  /** As a report says it (RFC 3464 §2.3.6): `smtp; 550 5.1.1 No such user`. */
  readonly diagnostic?: string
}

/** One try to hand a letter over. */
export interface HandedOver {
  /** By address; who is missing here is tried again. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** The other side could not be spoken with at all: nothing else needs to be tried there for a while. */
  readonly unreachable?: string
  /** What went wrong in the middle, for those without a verdict. */
  readonly cut?: string
  /** It tells senders of its deliveries itself (RFC 3461). */
  readonly tellsSenders: boolean
  readonly remoteMta?: string
}
