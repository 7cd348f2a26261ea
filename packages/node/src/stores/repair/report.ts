/** What a repair found and did. */

export interface TableRepair {
  readonly table: string
  readonly rows: number
  /** Of these, so many came from the last good copy. */
  readonly fromSnapshot: number
  /** `part`: rows may be missing. */
  readonly state: 'whole' | 'part' | 'lost'
}

export interface RepairReport {
  readonly at: number
  /** Why: in words. */
  readonly cause: string
  readonly kind: 'damaged' | 'missing' | 'log'
  /** Where the damaged files lie now; null: there were none. */
  readonly aside: string | null
  /** When the last good copy was made that was drawn upon; null: there was none, or none was needed. */
  readonly snapshotAt: number | null
  /** Only those that were not whole. */
  readonly tables: readonly TableRepair[]
  /** Packets found by their bytes alone. */
  readonly found: { readonly inbox: number; readonly outbox: number; readonly quarantine: number }
  /** Packets whose bytes are gone: the next check of the spool tells their senders, or asks for them. */
  readonly bodiesMissing: number
  /** People known only by their mail: they need a new password. */
  readonly locked: readonly string[]
  /** Letters for other mail systems of which only the bytes are left, in this folder; null: none. */
  readonly strayLetters: { readonly folder: string; readonly letters: number } | null
}
