/** What is told of the queue: see `types.ts`. */

export interface GatewayStatus {
  readonly name: string
  /** Whether it stands in posthorn.toml; else its letters wait for that. */
  readonly configured: boolean
  readonly queued: { readonly letters: number; readonly bytes: number }
  /** Why the other side could not be spoken with at the last try; null when it could. */
  readonly unreachable: string | null
}

export interface QueuedLetter {
  readonly number: number
  readonly gateway: string
  /** Empty for a bounce. */
  readonly sender: string
  /** Those that are left. */
  readonly recipients: readonly string[]
  readonly messageId: string | null
  readonly sizeBytes: number
  /** ISO 8601. */
  readonly since: string
  readonly attempts: number
  /** ISO 8601; null: now. */
  readonly nextTry: string | null
  /** Why the last try failed. */
  readonly reason: string | null
}

export interface QueueOperationTypes {
  'queue.list': {
    params: { gateway?: string; limit?: number }
    /** `letters`: how many wait in all. */
    result: { readonly letters: number; readonly list: readonly QueuedLetter[] }
  }
  'queue.show': { params: { number: number }; result: QueuedLetter }
  'queue.retry': {
    params: { numbers?: readonly number[]; gateway?: string; all?: boolean }
    /** How many waited for another time. */
    result: { readonly letters: number; readonly running: boolean }
  }
  'queue.remove': { params: { numbers: readonly number[] }; result: { readonly removed: readonly number[] } }
}
