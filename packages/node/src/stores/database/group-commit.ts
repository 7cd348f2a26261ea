import { databaseError } from './failure.ts'
import type { SqliteDatabase } from './sqlite.ts'

interface Queued {
  /** Runs the work inside its savepoint; keeps what it answered. */
  run(): void
  resolve(): void
  reject(error: unknown): void
}

/**
 * Commits that cost one fsync for all that are asked for at the same time.
 *
 * Works queue up until the event loop has dealt with the input at hand (or, while a commit holds the thread, until it
 * ends); then all of them run in one transaction, each inside a savepoint, so that a work that throws is undone alone.
 * A promise resolves only after the COMMIT. When the transaction as a whole fails, every work of it rejects.
 */
export class GroupCommit {
  readonly #sqlite: SqliteDatabase
  #queue: Queued[] = []
  #scheduled = false

  constructor(sqlite: SqliteDatabase) {
    this.#sqlite = sqlite
  }

  /** `work` must be synchronous and touch nothing but the database and its own variables. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: { readonly value: T } | undefined
      this.#queue.push({
        run: () => {
          answer = { value: work() }
        },
        resolve: () => answer !== undefined && resolve(answer.value),
        reject,
      })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => this.flush())
    })
  }

  /** Commits what is queued, now. */
  flush(): void {
    this.#scheduled = false
    const batch = this.#queue
    this.#queue = []
    if (batch.length === 0) return
    const failures = new Map<Queued, unknown>()
    try {
      this.#sqlite.exec('BEGIN IMMEDIATE')
      for (const work of batch) this.#runInSavepoint(work, failures)
      this.#sqlite.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      for (const work of batch) work.reject(failures.get(work) ?? databaseError(error))
      return
    }
    for (const work of batch) {
      if (failures.has(work)) work.reject(failures.get(work))
      else work.resolve()
    }
  }

  #runInSavepoint(work: Queued, failures: Map<Queued, unknown>): void {
    this.#sqlite.exec('SAVEPOINT work')
    try {
      work.run()
    } catch (error) {
      const failure = databaseError(error)
      failures.set(work, failure)
      this.#rollbackTo(failure)
    }
    this.#sqlite.exec('RELEASE work')
  }

  #rollbackTo(failure: unknown): void {
    try {
      this.#sqlite.exec('ROLLBACK TO work')
    } catch {
      // SQLite has already undone the whole transaction (a full disk): none of the batch is kept, for that reason.
      throw failure
    }
  }

  #rollback(): void {
    try {
      this.#sqlite.exec('ROLLBACK')
    } catch {
      // There is no transaction any more: SQLite has undone it by itself.
    }
  }
}
