/** What is told of the journeys of letters: see `types.ts`. */
import type { JourneyState, StationKind } from '../../stores/journeys/index.ts'

export interface NamedNode {
  readonly id: string
  /** As it is called here; null: it is no neighbour. */
  readonly name: string | null
}

export interface StationShown {
  readonly kind: StationKind
  /** ISO 8601, by the clock of whoever saw it. */
  readonly at: string
  /** ISO 8601, by the clock of this node. */
  readonly heardAt: string
  readonly where: NamedNode
  /** A medium, an address, a gateway. */
  readonly road: string | null
  /** The packet or receipt by which it is known. */
  readonly evidence: string | null
  /** For people: why. */
  readonly reason: string | null
  /** Of one that is about a packet, and so all whom it is for: the id of its letter. */
  readonly letter: string | null
}

/** A packet of the letter that waits here to leave. */
export interface WaitingShown {
  readonly packet: string
  readonly neighbour: NamedNode
  /** ISO 8601. */
  readonly since: string
  /** ISO 8601, or null. */
  readonly lastContact: string | null
  /** When the neighbour is called by schedule; null: by none. */
  readonly nextCall: string | null
  /** Media on which copies lie. */
  readonly copies: readonly string[]
}

export interface JourneyShown {
  readonly messageId: string
  readonly sender: string
  readonly recipient: string
  readonly state: JourneyState
  /** In the order in which they were heard of here. */
  readonly stations: readonly StationShown[]
  readonly letters: readonly { readonly id: string; readonly destination: NamedNode }[]
  readonly waiting: readonly WaitingShown[]
  /** Its sender has asked to have it back, and no answer has come; see `letter.recall`. */
  readonly recallAsked: boolean
}

export interface StationNewsShown {
  readonly station: StationShown
  readonly of: readonly Pick<JourneyShown, 'messageId' | 'sender' | 'recipient'>[]
}

export interface TrackingOperationTypes {
  /** One of `messageId`, `last` and `to`; `sender`: only of this address. */
  'journey.track': {
    params: { messageId?: string; last?: boolean; to?: string; sender?: string; limit?: number }
    /** `tracking`: whether journeys are kept at all. */
    result: { readonly tracking: boolean; readonly journeys: readonly JourneyShown[] }
  }
  /** Answers as soon as there is news after the cursor; without one, at once, with that of now. */
  'journey.news': {
    params: { cursor?: number; sender?: string; limit?: number }
    result: { readonly cursor: number; readonly news: readonly StationNewsShown[] }
  }
}
