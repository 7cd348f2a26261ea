import type { OwedReceipt } from '../../../stores/spool/index.ts'
import type { HeardMessage, NewOutbound } from '../../../stores/spool/spool.ts'

/** What a handler made of a packet that was proven to come from its sender. */
export type TossOutcome =
  /** Acted on; `outbound` answers it and is committed together with the end of the packet. */
  | {
      readonly kind: 'done'
      readonly outbound: readonly NewOutbound[]
      readonly heard?: HeardMessage
      readonly receipt?: OwedReceipt | undefined
      readonly fields?: Record<string, unknown>
    }
  /** Part of it is done, and the rest is tried again; both are committed together. */
  | {
      readonly kind: 'later'
      readonly reason: string
      readonly outbound: readonly NewOutbound[]
      readonly heard: HeardMessage
      readonly delayMs?: number
      readonly fields?: Record<string, unknown>
    }
  /** Part of it is done, and the rest takes its time: it waits for its turn in a lane. */
  | {
      readonly kind: 'lane'
      readonly lane: string
      readonly outbound: readonly NewOutbound[]
      readonly heard: HeardMessage
      readonly fields?: Record<string, unknown>
    }
  /** It failed for now: it is tried again after `delayMs`. */
  | {
      readonly kind: 'again'
      readonly reason: string
      readonly delayMs: number
      readonly fields?: Record<string, unknown>
    }
  /** Nothing can be done with it: kept for a person to look at. `outbound` tells its sender. */
  | {
      readonly kind: 'set-aside'
      readonly reason: string
      /** Custody stays with whoever handed it over: no acknowledgement. */
      readonly refused?: true
      readonly outbound?: readonly NewOutbound[]
      readonly heard?: HeardMessage
      readonly receipt?: OwedReceipt | undefined
      readonly fields?: Record<string, unknown>
    }

export type Outcome<Kind extends TossOutcome['kind']> = Extract<TossOutcome, { readonly kind: Kind }>
