/**
 * Syncs by itself: one task for each folder of the directory, which waits for its medium to appear or change, for the
 * outbox to get something, or for a pause to end. Errors are logged when they begin and when they end.
 */
import { AssertionError } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Log } from '../../base/log.ts'
import type { Directory, PacketFolder } from '../../stores/directory/directory.ts'
import type { CourierLimits } from './limits.ts'
import type { SyncReport } from './report.ts'
import { linkedSignal } from './signals.ts'

export interface AutomaticOptions {
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Log
  readonly limits: CourierLimits
  /** Undefined when the medium is not there. */
  sync(folder: PacketFolder, signal: AbortSignal): Promise<SyncReport | undefined>
  watch(folder: PacketFolder, signal: AbortSignal): AsyncIterable<void>
}

interface Task {
  readonly hint: Hint
  readonly end: () => void
  readonly done: Promise<void>
}

export class Automatic {
  readonly #options: AutomaticOptions
  readonly #tasks = new Map<string, Task>()
  readonly #refreshed = new Hint()
  readonly #signal: AbortSignal

  constructor(options: AutomaticOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  refresh(): void {
    this.#refreshed.notify()
  }

  departed(): void {
    for (const { hint } of this.#tasks.values()) hint.notify()
  }

  /** Resolves when the signal fired and every task has ended. */
  async run(): Promise<void> {
    const { log, limits } = this.#options
    while (!this.#signal.aborted) {
      let pauseMs: number | null = null
      try {
        await this.#match()
      } catch (error) {
        log.error('the folders could not be listed', { reason: messageOf(error) })
        pauseMs = limits.retryDelayMsMax
      }
      await this.#wait(this.#refreshed, pauseMs, this.#signal)
    }
    await Promise.all([...this.#tasks.values()].map(task => task.done))
  }

  /** One task for each folder that there is now. */
  async #match(): Promise<void> {
    const folders = new Map<string, PacketFolder>()
    for (const folder of await this.#options.directory.folders.list())
      folders.set(`${folder.name}\n${folder.path}`, folder)
    for (const [key, task] of this.#tasks) {
      if (folders.has(key)) continue
      this.#tasks.delete(key)
      task.end()
      await task.done
    }
    if (this.#signal.aborted) return
    for (const [key, folder] of folders) {
      if (!this.#tasks.has(key)) this.#tasks.set(key, this.#begin(folder))
    }
  }

  #begin(folder: PacketFolder): Task {
    const hint = new Hint()
    const { signal, abort, release } = linkedSignal(this.#signal)
    const done = Promise.all([this.#listen(folder, hint, signal), this.#work(folder, hint, signal)]).then(release)
    return { hint, end: abort, done }
  }

  /** Turns changes of the medium into hints. */
  async #listen(folder: PacketFolder, hint: Hint, signal: AbortSignal): Promise<void> {
    const { log, limits } = this.#options
    while (!signal.aborted) {
      try {
        for await (const _ of this.#options.watch(folder, signal)) hint.notify()
      } catch (error) {
        if (!signal.aborted) log.warn('a folder cannot be watched', { folder: folder.name, reason: messageOf(error) })
      }
      await this.#pause(limits.retryDelayMsMax, signal)
    }
  }

  async #work(folder: PacketFolder, hint: Hint, signal: AbortSignal): Promise<void> {
    const { limits } = this.#options
    const state = new FolderState(folder, this.#options.log)
    let retryDelayMs = limits.retryDelayMsMin
    let lookAgainMs: number | null = null
    while (!signal.aborted) {
      await this.#wait(hint, lookAgainMs, signal)
      if (signal.aborted) return
      const outcome = await this.#attempt(folder, signal)
      if (signal.aborted) return
      state.say(outcome)
      lookAgainMs = outcome.again ? limits.suspectMs : null
      if (outcome.code === 'ok' || outcome.code === 'medium-gone') {
        retryDelayMs = limits.retryDelayMsMin
        continue
      }
      await this.#pause(retryDelayMs, signal)
      retryDelayMs = Math.min(retryDelayMs * 2, limits.retryDelayMsMax)
      hint.notify()
    }
  }

  async #attempt(folder: PacketFolder, signal: AbortSignal): Promise<Outcome> {
    try {
      const report = await this.#options.sync(folder, signal)
      if (report === undefined) return { code: 'medium-gone', message: 'the medium is not there', again: false }
      const again = report.leftReasons.unfinished + report.leftReasons.noRoom > 0
      return { code: report.error?.code ?? 'ok', message: report.error?.message ?? '', again }
    } catch (error) {
      if (error instanceof AssertionError) throw error
      return { code: 'sync-failed', message: messageOf(error), again: false }
    }
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      if (!signal.aborted) await this.#options.clock.sleep(delayMs, signal)
    } catch (error) {
      if (!isAbort(error)) throw error
    }
  }

  /** Until the hint, the end of the pause, or the signal. */
  async #wait(hint: Hint, pauseMs: number | null, signal: AbortSignal): Promise<void> {
    if (pauseMs === null) return hint.wait(signal)
    const until = linkedSignal(signal)
    try {
      await Promise.race([hint.wait(until.signal), this.#pause(pauseMs, until.signal)])
    } finally {
      until.release()
      until.abort()
    }
  }
}

interface Outcome {
  /** `ok`, or the code of what is wrong. */
  readonly code: string
  readonly message: string
  /** Something is worth another look soon. */
  readonly again: boolean
}

/** Says in the log how a folder is, when that changes. */
class FolderState {
  readonly #folder: PacketFolder
  readonly #log: Log
  #code = 'ok'

  constructor(folder: PacketFolder, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  say({ code, message }: Outcome): void {
    const before = this.#code
    if (code === before) return
    this.#code = code
    const fields = { folder: this.#folder.name, path: this.#folder.path }
    if (code === 'ok') this.#log.info('a folder is there and works', fields)
    else if (code === 'medium-gone') this.#log.info('a folder is not there; its packets wait', fields)
    else this.#log.warn('a folder cannot be synced; it is tried again', { ...fields, code, reason: message })
  }
}
