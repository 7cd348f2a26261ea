/** Who wrote a letter, to whom, and what they want to hear of its way; sealed in its packet it can be read no more. */

export interface Envelope {
  /** Empty for a bounce. */
  readonly returnPath: string
  readonly recipients: readonly string[]
  readonly wishes?: DeliveryWishes
  /** An automatic answer, or mail to many at once: nobody waits to hear that it failed. Default false. */
  readonly quiet?: boolean
}

/** What a sender asked for when the letter was handed in (RFC 3461 §4); what is missing was not said. */
export interface DeliveryWishes {
  /** RET: how much of the letter goes back with a report that it failed. */
  readonly returns?: 'full' | 'headers'
  /** ENVID, decoded: printable ASCII. */
  readonly envelopeId?: string
  /** By the addresses of the envelope. */
  readonly recipients?: Readonly<Record<string, RecipientWishes>>
  /** So many whole days after it was accepted it is not to be delivered any more. */
  readonly lifetimeDays?: number
}

export type NotifyOn = 'success' | 'failure' | 'delay'

export interface RecipientWishes {
  /** NOTIFY; empty: NEVER. */
  readonly notify?: readonly NotifyOn[]
  /** ORCPT, decoded: `rfc822;bob@camp.alt`, printable ASCII. */
  readonly originalRecipient?: string
}

/** As much of a letter as its report may bring back. */
export interface Excerpt {
  /** All of it, else its header. */
  readonly whole: boolean
  /** Lines that end in CR LF, 998 bytes long at most, without NUL. */
  readonly bytes: Uint8Array
}

/** A letter of ours that waits in the outbox, or left it. */
export interface LetterOnItsWay {
  /** Where it stands among its like: a cursor. */
  readonly sequence: number
  readonly messageId: string | null
  readonly envelope: Envelope
  readonly at: number
}

export interface WaitingLetter extends LetterOnItsWay {
  readonly id: string
  /** A copy of its packet lies on a medium. */
  readonly copied: boolean
  /** Another node has taken it over, and the one that it is for has given no receipt. */
  readonly handedOver: boolean
}

/** Those that the sender wants to hear of when they were handed over to another node. */
export function wantsSuccess({ wishes }: Envelope): boolean {
  return Object.values(wishes?.recipients ?? {}).some(({ notify }) => notify?.includes('success') === true)
}

/** How the journeys of letters ended, of which their senders were told. */
export interface Abandoned {
  readonly kind: 'returned' | 'failed'
  readonly at: number
  /** For people. */
  readonly reason?: string
}

/** What the spool offers to those who tell senders what became of their letters. */
export interface Waiting {
  /**
   * Letters that wait, in the outbox or in custody, since `days` days of the stores' calendar or longer, after a cursor
   * and in the order in which they came. `warned` chooses those whose senders were told already, or not yet.
   */
  overdue(options: {
    readonly warned: boolean
    readonly days: number
    readonly after: number
    readonly limit: number
  }): Promise<readonly WaitingLetter[]>
  /** Their senders were told that they wait. */
  markWarned(ids: readonly string[], at: number): Promise<void>
  /**
   * Packets leave the outbox undelivered, letters in custody with all their packets; nothing is said of their having
   * been handed over. One transaction.
   */
  abandon(ids: readonly string[], end: Abandoned): Promise<void>
  /** What was kept of a letter for its report. */
  excerpt(id: string): Promise<Excerpt | undefined>
  /** A hint, when one more of these is there; to one listener. */
  onHandedOver(listener: () => void): void
  /** Letters that another node took over, and whose senders want to hear of it. */
  handedOver(options: { readonly after: number; readonly limit: number }): Promise<readonly LetterOnItsWay[]>
  /** Their senders know. */
  forgetHandedOver(sequences: readonly number[]): Promise<void>
}
