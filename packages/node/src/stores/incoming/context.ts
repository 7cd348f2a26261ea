import type { Suite } from '@posthorn/nncp'
import type { Log } from '../../base/log.ts'
import type { Database } from '../database/database.ts'
import type { DurableFiles } from '../files/index.ts'

export interface IncomingOptions {
  readonly database: Database
  readonly suite: Suite
  readonly log: Log
  readonly files?: DurableFiles
  /** Room on the disk of a folder. Without it nothing is refused before the disk is full. */
  readonly freeBytes?: (folder: string) => Promise<number>
}

export interface IncomingContext extends IncomingOptions {
  readonly files: DurableFiles
}
