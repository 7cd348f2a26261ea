/**
 * Keeps a person's letters with their own client while this node cannot store them.
 *
 * Delta Chat retries for ever while it cannot connect and log in, but gives a letter up after six tries that got
 * further (`docs/decisions/smtp-when-the-disk-is-full.md`). So once a letter could not be stored, its sender is sent
 * away at login until a trial shows that as much as it takes can be stored again. Others are not held up by it.
 */
import type { Clock } from '../../../base/clock.ts'
import type { SmtpLimits } from './limits.ts'

export interface StorageGateOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly limits: Pick<SmtpLimits, 'storageHoldMs' | 'storageHoldMsMax' | 'storageTrialMs' | 'storageTrialBytesMax'>
  /** Can so many bytes be stored? */
  readonly trial: (sizeBytes: number) => Promise<boolean>
}

interface Failure {
  readonly trialBytes: number
  readonly count: number
  closedUntil: number
  running: Promise<boolean> | undefined
}

export class StorageGate {
  readonly #options: StorageGateOptions
  readonly #failures = new Map<string, Failure>()

  constructor(options: StorageGateOptions) {
    this.#options = options
  }

  /**
   * @param sizeBytes what storing the letter takes, as far as is known: when the disk filled up in the middle of it, it
   *   is longer than that. So with each further failure the trial must show twice as much room.
   */
  failed(user: string, sizeBytes: number): void {
    const { clock, limits } = this.#options
    const before = this.#failures.get(user)
    const count = (before?.count ?? 0) + 1
    const trialBytes = Math.min(Math.max(sizeBytes, 2 * (before?.trialBytes ?? 0)), limits.storageTrialBytesMax)
    const holdMs = Math.min(limits.storageHoldMs * 4 ** Math.min(count - 1, 20), limits.storageHoldMsMax)
    this.#failures.set(user, { trialBytes, count, closedUntil: clock.now() + holdMs, running: undefined })
  }

  succeeded(user: string): void {
    this.#failures.delete(user)
  }

  /** May this person's client come in? Several that ask at once share one trial. */
  async isOpen(user: string): Promise<boolean> {
    const failure = this.#failures.get(user)
    if (failure === undefined) return true
    const { clock, limits } = this.#options
    const leftMs = failure.closedUntil - clock.now()
    // A clock that was set back must not close the gate for longer than it was meant to be.
    if (leftMs > 0 && leftMs <= limits.storageHoldMsMax) return false
    failure.running ??= this.#try(failure)
    return failure.running
  }

  async #try(failure: Failure): Promise<boolean> {
    const { clock, limits, trial } = this.#options
    try {
      const open = await trial(failure.trialBytes)
      if (!open) failure.closedUntil = clock.now() + limits.storageTrialMs
      return open
    } finally {
      failure.running = undefined
    }
  }
}
