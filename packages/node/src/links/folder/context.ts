import type { Clock } from '../../base/clock.ts'
import type { Log, LogFields } from '../../base/log.ts'
import type { FolderFiles } from './files.ts'
import type { FolderLimits } from './limits.ts'
import type { TemporaryNames } from './names.ts'
import type { Places } from './place.ts'
import type { Rounds } from './rounds.ts'

/** What all parts of the folder transport work with. */
export interface FolderContext {
  readonly files: FolderFiles
  readonly limits: FolderLimits
  readonly log: Log
  readonly clock: Clock
  readonly places: Places
  readonly temporaryNames: TemporaryNames
  readonly rounds: Rounds
  readonly warnings: OnceLog
}

const onceMax = 1000

/** Warns of each thing once, so that a folder full of rubbish does not fill the log at each sync. */
export class OnceLog {
  readonly #log: Log
  readonly #said = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  warn(about: string, message: string, fields: LogFields): void {
    const key = `${message} ${about}`
    if (this.#said.has(key) || this.#said.size >= onceMax) return
    this.#said.add(key)
    this.#log.warn(message, fields)
  }
}
