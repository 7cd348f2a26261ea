/** What is told of bundles: see `types.ts`. */
import type { SyncOutcome } from './types.ts'

export interface BundleWritten {
  readonly bundle: string
  readonly written: { readonly packets: number; readonly bytes: number }
  readonly waiting: { readonly packets: number; readonly bytes: number }
}

export interface BundleRead
  extends Pick<SyncOutcome, 'taken' | 'duplicates' | 'bad' | 'left' | 'leftReasons' | 'error'> {
  readonly bundle: string
  /** Packets for other nodes. */
  readonly others: { readonly packets: number; readonly bytes: number }
}
